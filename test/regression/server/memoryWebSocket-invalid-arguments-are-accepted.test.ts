import { expect, it } from '@jest/globals'
import { createMemoryWebSocket, createSocketServer } from '../../../src/server/index.js'

const server = createSocketServer({ noServer: true })
const MemoryWebSocket = createMemoryWebSocket(server)

it.each([
  ['a relative url', '/path', []],
  ['an empty url', '', []],
  ['a url of another scheme', 'ftp://example.org/', []],
  ['a url with a fragment', 'ws://example.org/#part', []],
  ['an empty subprotocol', 'ws://example.org/', ''],
  ['a subprotocol with a space', 'ws://example.org/', ['a b']],
  ['a subprotocol with a comma', 'ws://example.org/', ['a,b']],
  ['one subprotocol twice', 'ws://example.org/', ['json', 'json']],
])('the constructor throws SyntaxError for %s', (_title, url, protocols) => {
  expect(() => new MemoryWebSocket(url, protocols)).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
})

it('close throws InvalidAccessError for a code that clients must not send, and SyntaxError for a reason above 123 bytes', () => {
  const socket = new MemoryWebSocket('ws://example.org/')
  for (const code of [999, 1001, 1006, 2999, 5000])
    expect(() => socket.close(code)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
  expect(() => socket.close(1000, 'é'.repeat(62))).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  expect(socket.readyState).toBe(0)
  socket.close(1000, 'x'.repeat(123))
  expect(socket.readyState).toBe(2)
})
