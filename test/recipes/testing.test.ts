import { describe, expect, it } from '@jest/globals'
import { filesOf, runFile } from './pageFiles.js'

// The page's example tests are tests of ours: to run them is to register them here.
const page = 'docs/recipes/testing.md'
const examples = [...filesOf(page).keys()].filter((name) => name.endsWith('.test.ts'))

describe('the example tests of the recipe', () => {
  it('are there', () => expect(examples).toEqual(['state.test.ts', 'mockSocket.test.ts', 'realServer.test.ts']))

  describe.each(examples)('%s', (example) => void runFile(page, example))
})
