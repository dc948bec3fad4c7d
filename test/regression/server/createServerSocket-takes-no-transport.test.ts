import { expect, it } from '@jest/globals'
import { createServerSocket } from '../../../src/server/index.js'

const transport = { send: () => {}, close: () => {}, terminate: () => {} }

it.each([
  ['null', null, '"send"'],
  ['undefined', undefined, '"send"'],
  ['an empty object', {}, '"send"'],
  ['an object without terminate', { send: () => {}, close: () => {} }, '"terminate"'],
  ['a ping that is no function', { ...transport, ping: true }, '"ping"'],
  ['a protocol that is no text', { ...transport, protocol: 7 }, '"protocol"'],
])('createServerSocket throws invalid_option for %s', (_title, given, name) => {
  expect(() => createServerSocket(given as never)).toThrow(
    expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(name) as unknown }),
  )
})
