import { once } from 'node:events'
import { expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { socketConnect, socketSendRaw } from '../../../src/index.js'
import { startEchoServer } from '../../support/echoServer.js'
import { buildStore } from '../../support/buildStore.js'

// `ws` compresses later than `send` returns: bytes that the caller wrote into the buffer meanwhile went out instead.

it('a send that was sent keeps its bytes when the buffer is used again, with permessage-deflate', async () => {
  await using server = await startEchoServer({ perMessageDeflate: { threshold: 0 }, echo: false })
  const store = buildStore({ url: server.url, WebSocket })
  await store.dispatch(socketConnect())
  const buffer = new Uint8Array(2_000)
  for (const byte of [1, 2, 3]) {
    expect(store.dispatch(socketSendRaw(buffer.fill(byte))).delivery).toBe('sent')
  }
  buffer.fill(9)
  const { socket } = server.connections[0]!
  while (server.received.length < 3) await once(socket, 'message')
  expect(server.received.map((frame) => [...new Set(frame as Buffer)])).toEqual([[1], [2], [3]])
  store.dispose()
})
