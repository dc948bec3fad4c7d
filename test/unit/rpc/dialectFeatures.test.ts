import { describe, expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import {
  socketBatch,
  socketNotify,
  socketRequest,
  socketSubscribe,
  socketUnsubscribe,
  type RpcDialect,
} from '../../../src/rpc/index.js'
import { advanceTime, setupOpenRpcStore, setupRpcStore, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const reconnect = async (store: RpcTestStore): Promise<void> => {
  store.network.last.cut()
  await advanceTime(200)
}
const open = async (dialect: RpcDialect) => await setupOpenRpcStore({ rpcOptions: { dialect } })

/** Channels are subscribed to with a position, and the reply carries what was missed, as centrifugo does. */
const withPublications: RpcDialect = {
  subscribe: ({ channel, params }) => ({ method: 'subscribe', params: { channel, ...(params as object) } }),
  subscribed: (result, { channel }) => {
    const { recovered, publications } = result as { recovered: boolean; publications?: unknown[] }
    return { key: channel, recovered, pushes: publications }
  },
  unsubscribe: (key) => ({ method: 'unsubscribe', params: { key } }),
  push: ({ method, params }) =>
    method === 'publication'
      ? { key: (params as { channel: string }).channel, data: (params as { data: unknown }).data }
      : undefined,
}

describe('pushes that come with the answer to a subscription', () => {
  it('are delivered once, before those that came early', async () => {
    const store = await open(withPublications)
    const id = store.dispatch(socketSubscribe('news'))
    store.receiveJson({ jsonrpc: '2.0', method: 'publication', params: { channel: 'news', data: 3 } })
    store.answer({ recovered: false, publications: [1, 2] })
    expect(store.pushed()).toEqual([1, 2, 3].map((data) => ({ id, channel: 'news', data })))
  })

  it('go to the listener, and are what "resume" gets as last, beside the answer', async () => {
    const store = await open(withPublications)
    const listened: unknown[] = []
    const seen: unknown[] = []
    store.dispatch(
      socketSubscribe('news', undefined, {
        listener: (data) => listened.push(data),
        resume: ({ answer, last }) => {
          seen.push(answer)
          return { offset: last }
        },
      }),
    )
    const first = { recovered: false, publications: [1], epoch: 'a' }
    store.answer(first)
    await reconnect(store)
    expect([listened, seen]).toEqual([[1], [first]])
    expect(store.lastMessage().params).toEqual({ channel: 'news', offset: 1 })
    store.answer({ recovered: true, publications: [2, 3] })
    expect(listened).toEqual([1, 2, 3])
  })

  it('are not for anyone once the subscription was ended', async () => {
    const store = await open(withPublications)
    store.dispatch(socketUnsubscribe(store.dispatch(socketSubscribe('news'))))
    store.answer({ recovered: false, publications: [1] })
    expect(store.lastMessage().method).toBe('unsubscribe')
    expect(store.pushed()).toEqual([])
  })
})

describe('pushes under the id of the request that subscribed', () => {
  /** As Tendermint nodes do: each push is one more reply. */
  const furtherReplies: RpcDialect = {
    subscribe: ({ channel }) => ({ method: 'subscribe', params: { query: channel } }),
    subscribed: (_result, _topic, id) => id,
    push: ({ id, result }) => (typeof id === 'number' && result !== undefined ? { key: id, data: result } : undefined),
  }

  it('are taken by a dialect that reads them', async () => {
    const store = await open(furtherReplies)
    const id = store.dispatch(socketSubscribe('new blocks'))
    const request = store.dispatch(socketRequest('status'))
    const [{ id: subscribed }, { id: asked }] = store.sentMessages() as [{ id: number }, { id: number }]
    store.answer({}, subscribed)
    store.answer({ height: 7 }, subscribed)
    store.answer('fine', asked)
    expect(store.pushed()).toEqual([{ id, channel: 'new blocks', data: { height: 7 } }])
    await expect(request).resolves.toEqual({ data: 'fine' })
    expect(store.errors()).toEqual([])
  })

  it('belong to the next request after a reconnect', async () => {
    const store = await open(furtherReplies)
    const id = store.dispatch(socketSubscribe('new blocks'))
    store.answer({})
    await reconnect(store)
    const [{ id: again }] = store.lastSocketMessages() as [{ id: number }]
    store.answer({}, again)
    store.answer({ height: 8 }, again)
    expect(store.pushed()).toEqual([{ id, channel: 'new blocks', data: { height: 8 } }])
  })
})

describe('a server that numbers its methods', () => {
  it('gets their numbers', async () => {
    const store = await open({ version: false, subscribe: ({ channel }) => ({ method: 1, params: { channel } }) })
    void store.dispatch(socketRequest(7, { a: 1 }))
    store.dispatch(socketNotify(8))
    store.dispatch(socketSubscribe('news'))
    expect(store.sentMessages().map(({ method }) => method)).toEqual([7, 8, 1])
  })

  it('calls numbers where the dialect is not JSON-RPC 2.0', async () => {
    const store = await setupOpenRpcStore({
      rpcOptions: { dialect: { version: false }, methods: { 9: ([a]: [number]) => a + 1 } },
    })
    store.receiveJson({ id: 1, method: 9, params: [1] })
    expect(store.lastMessage()).toEqual({ id: 1, result: 2 })
  })
})

describe('a channel of several parts', () => {
  const parts: RpcDialect = {
    subscribe: ({ channel }) => ({ method: 'subscribe', params: { channel } }),
    push: ({ channel, data }) => (Array.isArray(channel) ? { key: channel, channel, data } : undefined),
  }

  it('goes to the dialect as it is, and into the store as JSON', async () => {
    const store = await open(parts)
    const id = store.dispatch(socketSubscribe(['trades', 'BTC']))
    expect(store.lastMessage().params).toEqual({ channel: ['trades', 'BTC'] })
    store.answer('ok')
    store.receiveJson({ channel: ['trades', 'BTC'], data: 5 })
    store.receiveJson({ channel: ['trades', 'ETH'], data: 6 })
    expect(store.subscription(id)).toMatchObject({ channel: '["trades","BTC"]', status: 'active' })
    expect(store.pushed()).toEqual([
      { id, channel: '["trades","BTC"]', data: 5 },
      { id: null, channel: '["trades","ETH"]', data: 6 },
    ])
  })

  it('is shared by its parts where pushes name the channel', async () => {
    const store = await open({ ...parts, isShared: true })
    store.dispatch(socketSubscribe(['trades', 'BTC']))
    store.dispatch(socketSubscribe(['trades', 'BTC']))
    store.dispatch(socketSubscribe(['trades', 'ETH']))
    expect(store.sentMessages()).toHaveLength(2)
  })
})

describe('a batch inside a handshake', () => {
  it('goes out at once and settles by a batch of replies', async () => {
    const seen: unknown[] = []
    const store = setupRpcStore({
      handshake: async ({ dispatch }) => {
        seen.push(await Promise.all(dispatch(socketBatch([socketRequest('a'), socketRequest('b')]))))
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.network.last.receivedRaw).toHaveLength(1)
    store.receiveJson([
      { jsonrpc: '2.0', id: 2, result: 'B' },
      { jsonrpc: '2.0', id: 1, result: 'A' },
    ])
    await advanceTime(1)
    expect(seen).toEqual([[{ data: 'A' }, { data: 'B' }]])
    expect(store.state().status).toBe('open')
  })
})

describe('a thunk inside a handshake', () => {
  it('may send a request after it has waited', async () => {
    const store = setupRpcStore({
      handshake: async ({ dispatch }) => {
        await dispatch(async (send: typeof dispatch) => {
          await Promise.resolve()
          await send(socketRequest('signIn'))
        })
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.lastMessage()).toMatchObject({ method: 'signIn' })
    store.answer('welcome')
    await advanceTime(1)
    expect(store.state().status).toBe('open')
  })
})
