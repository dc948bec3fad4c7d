import { expect, it } from '@jest/globals'
import { framed, jsonLines } from '../../../src/features/index.js'
import { memoryBus, type ServerCodec, type SocketServerSettings } from '../../../src/server/index.js'
import { connectClient, startServer } from '../../server/support.js'

// Messages of other nodes were lost with `bus_message_invalid`: the bus called the `decode` of framed(), which throws.

/** JSON whose frames are numbered in both directions: a frame out of turn is an error. */
const numbered = () => {
  let sent = 0
  let received = 0
  return {
    encode: (value: unknown) => `${++sent}:${JSON.stringify(value)}`,
    decode: (frame: unknown) => {
      const [number = '', ...rest] = String(frame).split(':')
      if (Number(number) !== ++received) throw new Error(`frame ${number} instead of ${received}`)
      return [JSON.parse(rest.join(':')) as unknown]
    },
  }
}

const asynchronous = () => {
  const { encode, decode } = numbered()
  return { encode: async (value: unknown) => encode(value), decode: async (frame: unknown) => decode(frame) }
}

const codecs: readonly [string, () => ServerCodec, (value: unknown, number: number) => unknown][] = [
  ['jsonLines()', jsonLines, (value) => value],
  ['framed(create)', () => framed(numbered as never), (value, number) => `${number}:${JSON.stringify(value)}`],
  [
    'framed(create), asynchronous',
    () => framed(asynchronous as never),
    (value, number) => `${number}:${JSON.stringify(value)}`,
  ],
]

const settings = (codec: ServerCodec): SocketServerSettings => ({
  codec,
  bus: memoryBus(),
  authorize: () => ({ id: 'ada' }),
  userId: (user) => (user as { id: string }).id,
})

it.each(codecs)('the bus carries broadcasts, publications and messages to users with %s', async (_name, create, on) => {
  const options = settings(create())
  await using left = await startServer(options)
  await using right = await startServer(options)
  const { client, connection } = await connectClient(right)
  left.server.broadcast({ number: 1 })
  expect(await client.next()).toEqual(on({ number: 1 }, 1))
  left.server.user('ada').send([2])
  expect(await client.next()).toEqual(on([2], 2))
  const id = connection.subscribe('news')
  await left.server.publish('news', 3)
  const push = { jsonrpc: '2.0', method: '$/push', params: { channel: 'news', data: 3, id } }
  const got: unknown = await client.next()
  expect(typeof got === 'string' ? JSON.parse(got.slice(2)) : got).toEqual(push)
  expect([...left.codes(), ...right.codes()]).toEqual([])
})

it('the bus reports a frame that has not exactly one message', async () => {
  const codec = framed({ encode: () => 'x', decode: () => [], isPlain: true })
  const options = settings(codec)
  await using left = await startServer(options)
  await using right = await startServer(options)
  left.server.broadcast(1)
  expect(await right.problems.next()).toMatchObject({
    code: 'bus_message_invalid',
    message: expect.stringContaining('expected a frame with one message, got 0'),
  })
})
