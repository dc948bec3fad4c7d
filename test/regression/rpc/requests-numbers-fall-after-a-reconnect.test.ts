import { describe, expect, it } from '@jest/globals'
import { json, socketConnect, type Codec } from '../../../src/index.js'
import { socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { advanceTime, setupRpcStore, useFakeTime, type RpcTestStore } from '../../unit/rpc/harness.js'

// A request was numbered when it was dispatched: one that waited went out with a smaller number than the handshake and the subscriptions before it. Home
// Assistant refuses such a request ("Identifier values have to increase").

useFakeTime()

describe('numbers of requests', () => {
  const numbers = (store: RpcTestStore) => store.lastSocketMessages().map(({ id, method }) => `${method}:${id}`)

  it('rise on each connection: handshake, subscriptions, repeated requests, queue', async () => {
    const store = setupRpcStore({
      handshake: async ({ dispatch }) => {
        await dispatch(socketRequest('signIn'))
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.answer('welcome')
    await advanceTime(1)
    store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    const repeated = store.dispatch(socketRequest('repeated', undefined, { idempotent: true }))
    store.network.mode = 'hold'
    store.network.last.cut()
    const first = store.dispatch(socketRequest('first'))
    const second = store.dispatch(socketRequest('second'))
    store.network.mode = 'accept'
    await advanceTime(200)
    store.answer('welcome')
    await advanceTime(1)
    const sent = store.lastSocketMessages() as { id: number; method: string }[]
    expect(sent.map(({ method }) => method)).toEqual(['signIn', 'subscribe', 'repeated', 'first', 'second'])
    const ids = sent.map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect(new Set(ids).size).toBe(5)
    for (const { id, method } of sent) store.answer(`${method}!`, id)
    await expect(Promise.all([repeated, first, second])).resolves.toEqual([
      { data: 'repeated!' },
      { data: 'first!' },
      { data: 'second!' },
    ])
  })

  it('stay what they are where nothing went out before the queue', async () => {
    const store = setupRpcStore()
    void store.dispatch(socketRequest('first'))
    void store.dispatch(socketRequest('second'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(numbers(store)).toEqual(['first:1', 'second:2'])
  })

  it('of a request that got another one can be cancelled, and time out', async () => {
    const store = setupRpcStore()
    const aborted = store.dispatch(socketRequest('aborted'))
    const late = store.dispatch(socketRequest('late', undefined, { timeout: 1_000 }))
    store.dispatch(socketSubscribe('news'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(numbers(store)).toEqual(['subscribe:3', 'aborted:4', 'late:5'])
    aborted.abort()
    expect(store.lastMessage()).toMatchObject({ method: '$/cancelRequest', params: { id: 4 } })
    await advanceTime(1_000)
    expect(store.lastMessage()).toMatchObject({ method: '$/cancelRequest', params: { id: 5 } })
    await expect(Promise.all([aborted, late])).resolves.toMatchObject([
      { error: { code: 'request_aborted' } },
      { error: { code: 'request_timeout' } },
    ])
  })

  it('of a batch, and with an asynchronous codec, are those of the dispatch', async () => {
    const plain = json()
    const codec: Codec = { ...plain, encode: async (value) => await Promise.resolve(plain.encode(value)) }
    const store = setupRpcStore({ codec })
    void store.dispatch(socketRequest('waits'))
    store.dispatch(socketSubscribe('news'))
    await advanceTime(1)
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(numbers(store)).toEqual(['subscribe:2', 'waits:1'])
  })
})
