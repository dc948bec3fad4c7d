import { describe, expect, it } from '@jest/globals'
import { createProtocol } from '../../../src/index.js'
import { setupStore } from '../../support/setupStore.js'

// A command `close` of a protocol took the place of the connection's own, and one named after an event changed the state.

describe('a command of a protocol with a verb of the core', () => {
  it.each(['send', 'close', 'connect', 'message', 'opened', 'changed', 'listen', 'receive'])(
    'is invalid_option: %s',
    (verb) => {
      const protocol = createProtocol(() => ({ commands: { [verb]: () => 1 } }))
      expect(() => setupStore({ protocol })).toThrow(
        expect.objectContaining({
          code: 'invalid_option',
          message: `createProtocol: expected "commands" to have verbs of the protocol's own, got "${verb}", which is a verb of the core. Choose another name.`,
        }),
      )
    },
  )
})
