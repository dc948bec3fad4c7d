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
]
