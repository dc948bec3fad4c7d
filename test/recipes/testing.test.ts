import { describe, expect, it } from '@jest/globals'
import { filesOf, runFile } from './pageFiles.js'

// The example tests of the page are run here.
const page = 'docs/recipes/testing.md'
const examples = [...filesOf(page).keys()].filter((name) => name.endsWith('.test.ts'))

describe('the example tests of the recipe', () => {
  it('exist', () => expect(examples).toEqual(['state.test.ts', 'mockSocket.test.ts', 'realServer.test.ts']))

  describe.each(examples)('%s', (example) => void runFile(page, example))
})
