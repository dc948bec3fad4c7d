import { expect, same, show } from '../client.mjs'

const section = 'Streaming replies'
const part = 'streaming'

const isChunk = (message) => message?.method === '$/chunk'

/** Asks for the numbers from 1 to `upTo` in chunks. */
const ask = (client, method, id, upTo, stream) =>
  client.send({ jsonrpc: '2.0', id, method, params: { upTo }, ...(stream && { stream }) })

const more = (client, params) => client.send({ jsonrpc: '2.0', method: '$/more', params })

/** Takes the next chunks and checks their ids and data. */
const chunks = async (client, id, from, to) => {
  for (let data = from; data <= to; data++) {
    const { params } = await client.message(`the chunk ${data}`, isChunk)
    expect(same(params, { id, data }), `expected the chunk ${show({ id, data })}, got ${show(params)}`)
  }
}

const write = (frame) => `$${JSON.stringify(frame)}`
const readControl = ({ text }) => (text.startsWith('$') ? JSON.parse(text.slice(1)) : {})

const takeControl = async (client, is) =>
  readControl(await client.take(`a frame "${is}"`, (frame) => readControl(frame).is === is))

export const streaming = [
  {
    name: 'streaming.chunks',
    rule: 'a chunk comes for each value, in order, with the id of the request; the answer comes after the last one',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      for (const id of [7, '7']) {
        ask(client, name('conformance.count'), id, 3, { window: 10 })
        await chunks(client, id, 1, 3)
        const { result } = await client.answer(id)
        expect(result === 3, `expected the result 3, got ${show(result)}`)
      }
      await client.nothingElse('a request is answered once')
    },
  },
  {
    name: 'streaming.window',
    rule: 'no more chunks are unconfirmed than the window has',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      ask(client, name('conformance.count'), 7, 100, { window: 2 })
      await chunks(client, 7, 1, 2)
      await client.nothingElse('the window is full')
    },
  },
  {
    name: 'streaming.more',
    rule: '$/more lets as many chunks follow as it confirms',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      ask(client, name('conformance.count'), 7, 100, { window: 2 })
      await chunks(client, 7, 1, 2)
      more(client, { id: 7, count: 1 })
      await chunks(client, 7, 3, 3)
      await client.nothingElse('one chunk was confirmed')
    },
  },
  {
    name: 'streaming.more-unknown',
    rule: '$/more for an unknown request, or without a whole number above 0, is ignored',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      ask(client, name('conformance.count'), 7, 100, { window: 1 })
      await chunks(client, 7, 1, 1)
      for (const params of [{ id: 8, count: 1 }, { id: 7 }, { id: 7, count: 0 }, { id: 7, count: 0.5 }, {}, [7, 1]])
        more(client, params)
      await client.nothingElse('nothing was confirmed')
    },
  },
  {
    name: 'streaming.cancel',
    rule: 'a reply in chunks that is cancelled is answered with -32800, and no chunk comes after that',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      ask(client, name('conformance.count'), 7, 100, { window: 2 })
      await chunks(client, 7, 1, 2)
      client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 7 } })
      const { error } = await client.answer(7)
      expect(error?.code === -32800, `expected the error -32800, got ${show(error)}`)
      more(client, { id: 7, count: 2 })
      await client.nothingElse('the reply is over')
    },
  },
  {
    name: 'streaming.cancelled',
    rule: 'a reply in chunks that is cancelled ends, although chunks are unconfirmed',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      ask(client, name('conformance.count'), 7, 100, { window: 1 })
      await chunks(client, 7, 1, 1)
      client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 7 } })
      await client.answer(7)
    },
  },
  {
    name: 'streaming.credit',
    rule: 'a reply that is longer than the window goes on to its end as its chunks are confirmed',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      ask(client, name('conformance.count'), 7, 5, { window: 2 })
      for (let n = 1; n <= 5; n++) {
        await chunks(client, 7, n, n)
        more(client, { id: 7, count: 1 })
      }
      const { result } = await client.answer(7)
      expect(result === 5, `expected the result 5, got ${show(result)}`)
    },
  },
  {
    name: 'streaming.answer',
    rule: 'the last chunk is followed by an answer, also where there is no chunk at all',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      for (const upTo of [0, 1]) {
        ask(client, name('conformance.count'), 7, upTo, { window: 2 })
        await chunks(client, 7, 1, upTo)
        const { result } = await client.answer(7)
        expect(result === upTo, `expected the result ${upTo}, got ${show(result)}`)
      }
    },
  },
  {
    name: 'streaming.end',
    rule: 'no chunk comes after the answer, also when more are confirmed',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      ask(client, name('conformance.count'), 7, 2, { window: 4 })
      await chunks(client, 7, 1, 2)
      await client.answer(7)
      more(client, { id: 7, count: 2 })
      await client.nothingElse('the reply is over')
    },
  },
  {
    name: 'streaming.refused',
    rule: 'a method that answers in chunks refuses a request without "stream", or with a malformed window, with -32600',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      for (const stream of [undefined, { window: 0 }, { window: '2' }, { window: 1.5 }, [], 'yes']) {
        ask(client, name('conformance.count'), 7, 3, stream)
        const { error } = await client.answer(7)
        expect(error?.code === -32600, `expected the error -32600 for ${show(stream)}, got ${show(error)}`)
      }
      await client.nothingElse('no chunk comes')
    },
  },
  {
    name: 'streaming.plain',
    rule: 'a method that returns one result answers a request with "stream" with the result alone',
    section,
    part,
    run: async ({ connect, name }) => {
      const client = await connect()
      const params = [1, 2]
      client.send({ jsonrpc: '2.0', id: 7, method: name('conformance.add'), params, stream: { window: 2 } })
      const { result } = await client.answer(7)
      expect(result === 3, `expected the result 3, got ${show(result)}`)
      await client.nothingElse('no chunk comes')
    },
  },
  {
    name: 'streaming.resume',
    rule: 'in a session that goes on so does a reply in chunks: no chunk is lost, and none comes twice',
    section,
    part: 'sessions',
    run: async ({ connect, name }) => {
      const hello = async (counters) => {
        const client = await connect({ protocols: ['reduplex.session.1'] })
        client.raw(write({ is: 'hello', window: { messages: 1000, bytes: 1048576 }, ...counters }))
        return { client, welcome: await takeControl(client, 'welcome') }
      }
      const { client, welcome } = await hello({})
      client.raw(write({ is: 'ack', received: 0 }))
      ask(client, name('conformance.count'), 7, 4, { window: 2 })
      await chunks(client, 7, 1, 2)
      client.ws.terminate()
      const next = await hello({ key: welcome.key, turn: 1, received: 2, acked: 0, sent: 1 })
      const { resumed, kept } = next.welcome
      expect(resumed && kept, `expected "resumed": true and "kept": true, got ${show(next.welcome)}`)
      more(next.client, { id: 7, count: 2 })
      await chunks(next.client, 7, 3, 4)
      more(next.client, { id: 7, count: 2 })
      const { result } = await next.client.answer(7)
      expect(result === 4, `expected the result 4, got ${show(result)}`)
    },
  },
]
