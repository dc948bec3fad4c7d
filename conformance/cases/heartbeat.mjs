import { once } from 'node:events'
import { Broken, expect, show } from '../client.mjs'

const section = 'Heartbeat'

const isPong = ({ text }) => text === 'pong'

export const heartbeat = [
  {
    name: 'heartbeat.pong',
    rule: 'the text ping is answered with the text pong, once',
    section,
    run: async ({ connect }) => {
      const client = await connect()
      client.raw('ping')
      const { isBinary } = await client.take('pong', isPong)
      expect(!isBinary, 'pong came in a binary frame')
      await client.nothingElse('a ping is answered once')
    },
  },
  {
    name: 'heartbeat.answer',
    rule: 'the text pong is not answered',
    section,
    run: async ({ connect }) => {
      const client = await connect()
      client.raw('pong')
      await client.nothingElse('a pong is not answered')
    },
  },
  {
    name: 'heartbeat.exact',
    rule: 'only the exact text frame is a ping: not the JSON string "ping", nor the bytes in a binary frame',
    section,
    run: async ({ connect }) => {
      for (const frame of ['"ping"', Buffer.from('ping'), 'ping ']) {
        const client = await connect()
        client.raw(frame)
        const round = client.request('conformance.missing')
        await Promise.race([round, client.closed()])
        const answer = await Promise.race([
          client.take('pong', isPong),
          round.then(() => undefined).catch(() => undefined),
        ])
        expect(answer === undefined, `${show(frame.toString())} was answered with pong`)
      }
    },
  },
  {
    name: 'heartbeat.bytes',
    rule: 'ping and pong are text frames under a binary codec too',
    section,
    part: 'codecs',
    run: async ({ connect }) => {
      const client = await connect({ protocols: ['conformance.bytes'], codec: 'bytes' })
      client.raw('ping')
      const { isBinary } = await client.take('pong', isPong)
      expect(!isBinary, 'pong came in a binary frame')
      await client.nothingElse('a ping is answered once')
    },
  },
  {
    name: 'heartbeat.frame',
    rule: 'a ping frame is answered with a pong frame of the same data',
    section,
    run: async ({ connect, timeout }) => {
      const { ws } = await connect()
      const pong = once(ws, 'pong', { signal: AbortSignal.timeout(timeout) })
      ws.ping('conformance')
      const [data] = await pong.catch(() => {
        throw new Broken(`expected a pong frame within ${timeout} ms`)
      })
      expect(data.toString() === 'conformance', `the pong frame holds ${show(data.toString())}`)
    },
  },
  {
    name: 'heartbeat.pings',
    rule: 'the server sends ping frames, and a client that answers stays connected (takes two intervals)',
    section,
    part: 'pings',
    run: async ({ connect, patience }) => {
      const client = await connect()
      for (let count = 0; count < 2; count++) {
        await once(client.ws, 'ping', { signal: AbortSignal.timeout(patience) }).catch(() => {
          throw new Broken('expected a ping frame')
        })
      }
      await client.nothingElse('pings bring no messages')
    },
  },
  {
    name: 'heartbeat.silence',
    rule: 'a client that does not answer a ping frame by the next one is disconnected',
    section,
    part: 'pings',
    run: async ({ connect, patience }) => {
      const { ws } = await connect({ autoPong: false })
      await once(ws, 'close', { signal: AbortSignal.timeout(patience) }).catch(() => {
        throw new Broken('expected to be disconnected')
      })
    },
  },
]
