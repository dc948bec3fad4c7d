import { expect, it } from '@jest/globals'
import { framed, jsonLines } from '../../../src/features/index.js'
import { connectClient, startServer } from '../../server/support.js'

// The second client's first frame had the number 3: one instance encoded for all clients, although each connection decoded by its own.

/** JSON whose frames are numbered. The state of a socket is shared by both directions. */
const numbered = () => {
  let sent = 0
  let received = 0
  return {
    encode: (value: unknown) => {
      const text = JSON.stringify(value, (_key, member: unknown) => {
        if (member === 'refused') throw new Error('refused')
        return member
      })
      return `${++sent}/${received} ${text}`
    },
    decode: (frame: unknown) => {
      received++
      return [JSON.parse(String(frame)) as unknown]
    },
  }
}

it('a codec that is made for each socket encodes for each connection by its own instance', async () => {
  await using running = await startServer({ codec: framed(numbered as never) })
  running.server.messages.forEach((message, sender) => void sender.send(message))
  const one = await connectClient(running)
  one.client.send('a')
  one.client.send('b')
  expect([await one.client.next(), await one.client.next()]).toEqual(['1/1 "a"', '2/2 "b"'])
  const two = await connectClient(running)
  expect(running.server.broadcast('all')).toBe(2)
  expect(await one.client.next()).toBe('3/2 "all"')
  expect(await two.client.next()).toBe('1/0 "all"')
  two.connection.subscribe('news')
  one.connection.subscribe('news')
  expect(await running.server.publish('news', 1)).toEqual({ reached: 2 })
  expect(await one.client.next()).toMatch(/^4\/2 .*push/)
  expect(await two.client.next()).toMatch(/^2\/0 .*push/)
})

it('the test whether replies can be encoded does not change the state of the connection', async () => {
  await using running = await startServer({ codec: framed(numbered as never) })
  running.server.methods({ good: () => 1, bad: () => 'refused' })
  const { client } = await connectClient(running)
  client.send(['good', 'bad', 'good'].map((method, index) => ({ jsonrpc: '2.0', id: index + 1, method })))
  expect(await client.next()).toMatch(/^1\/1 /)
  client.send({ jsonrpc: '2.0', id: 4, method: 'good' })
  expect(await client.next()).toMatch(/^2\/2 /)
})

it('a codec without state of its own encodes a broadcast once for all connections', async () => {
  const codec = jsonLines()
  let encoded = 0
  const { encode } = codec
  const counting = framed({
    encode: (value: unknown) => {
      encoded++
      return encode(value)
    },
    decode: () => [],
  })
  await using running = await startServer({ codec: counting as never })
  const clients = [await connectClient(running), await connectClient(running)]
  running.server.broadcast(1)
  for (const { client } of clients) expect(await client.next()).toBe(1)
  expect(encoded).toBe(1)
})
