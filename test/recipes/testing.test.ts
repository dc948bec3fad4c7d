import { afterEach, describe, expect, it } from '@jest/globals'
import { expectAllClosed } from '../../src/testing/index.js'
import { filesOf, runFile } from './pageFiles.js'

// The example tests of the page are run here by jest, in testingVitest.test.ts by vitest.
const page = 'docs/testing.md'
// msw needs a global WebSocket, which Node 20 does not have, and its own polyfills in jest's jsdom.
const examples = [...filesOf(page).keys()].filter((name) => name.endsWith('.test.ts') && name !== 'msw.test.ts')

afterEach(() => expectAllClosed())

describe('the example tests of docs/testing.md', () => {
  it('exist', () =>
    expect(examples).toEqual([
      'slice.test.ts',
      'reconnect.test.ts',
      'posts.test.ts',
      'token.test.ts',
      'companion.test.ts',
      'session.test.ts',
      'realServer.test.ts',
    ]))

  describe.each(examples)('%s', (example) => void runFile(page, example))
})
