import { expect, it } from '@jest/globals'
import { filesOf } from '../pageFiles.js'
import { page } from './support.js'

/** What the page promises, without imports and empty lines. */
const MAX_LINES = 40

it.each(Array.from(filesOf(page)))('%s has at most 40 lines', (_name, code) => {
  const lines = code.split('\n').filter((line) => line.trim() && !/^(import|\/\/) /.test(line))
  expect(lines.length).toBeLessThanOrEqual(MAX_LINES)
})
