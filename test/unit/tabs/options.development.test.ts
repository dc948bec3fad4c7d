import { expect, it } from '@jest/globals'
import { createSharedWebSocket } from '../../../src/tabs/index.js'

it.each([
  ['an unknown one', { nme: 'x' }],
  ['a name that is a number', { name: 7 }],
  ['a patience of 0', { patience: 0 }],
  ['a WebSocket that is no class', { WebSocket: {} }],
  ['a handshake that is no boolean', { handshake: () => {} }],
])('createSharedWebSocket refuses options: %s', (_what, options) => {
  expect(() => createSharedWebSocket(options as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
})
