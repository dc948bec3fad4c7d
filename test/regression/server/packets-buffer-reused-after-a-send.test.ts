import { expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// `ws` compresses later than `send` returns, and keeps an uncompressed frame of a server as it is until the system takes it.

it('the server sends the bytes that were given to it when the buffer is used again', async () => {
  await using running = await startServer({ perMessageDeflate: { threshold: 0 } })
  const { client, connection } = await connectClient(running)
  const buffer = new Uint8Array(2_000)
  for (const byte of [1, 2]) connection.sendRaw(buffer.fill(byte))
  connection.send(buffer.fill(3))
  buffer.fill(9)
  const received = [await client.next(), await client.next(), await client.next()]
  expect(received.map((frame) => Array.from(new Set(frame as Uint8Array)))).toEqual([[1], [2], [3]])
})
