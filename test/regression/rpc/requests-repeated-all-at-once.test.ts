import { describe, expect, it } from '@jest/globals'
import { socketBatch, socketRequest, socketSubscribe, type RequestOptions } from '../../../src/rpc/index.js'
import { setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from '../../unit/rpc/harness.js'

// After a reconnect all requests that may be repeated went out at once. A server that limits the requests of a connection refused some of them.

useFakeTime()

const ask = (store: RpcTestStore, count: number, options: RequestOptions = {}) =>
  Array.from({ length: count }, (_, index) =>
    store.dispatch(socketRequest('get', { index }, { idempotent: true, timeout: Infinity, ...options })),
  )

const reopen = async (store: RpcTestStore) => {
  store.network.last.cut()
  await advanceTime(150)
}

/** The server replies to all requests on the newest socket that it has not replied to, until none is left. Returns the sizes of the rounds. */
const answerAll = (store: RpcTestStore): number[] => {
  const answered = new Set<number>()
  const rounds: number[] = []
  for (;;) {
    const open = store.lastSocketMessages().filter(({ id, method }) => method && !answered.has(id!))
    if (!open.length) return rounds
    rounds.push(open.length)
    for (const { id } of open) {
      answered.add(id!)
      store.answer(`s${id}`, id)
    }
  }
}

describe('requests that are sent again after a reconnect', () => {
  it('are at most 20 unanswered at a time, each is sent once, and all settle', async () => {
    const store = await setupOpenRpcStore()
    const requests = ask(store, 50)
    expect(store.sentMessages()).toHaveLength(50)
    await reopen(store)
    expect(store.lastSocketMessages()).toHaveLength(20)
    expect(answerAll(store)).toEqual([20, 20, 10])
    await expect(Promise.all(requests)).resolves.toHaveLength(50)
    expect(store.lastSocketMessages().map(({ params }) => params)).toEqual(
      Array.from({ length: 50 }, (_, index) => ({ index })),
    )
    const ids = store.lastSocketMessages().map(({ id }) => id!)
    expect(ids).toEqual(ids.toSorted((one, other) => one - other))
  })

  it('share the window with subscriptions, which go first', async () => {
    const store = await setupOpenRpcStore()
    const ids = Array.from({ length: 15 }, (_, index) => store.dispatch(socketSubscribe(`channel ${index}`)))
    answerAll(store)
    const requests = ask(store, 10)
    await reopen(store)
    expect(store.lastSocketMessages().map(({ method }) => method)).toEqual([
      ...ids.map(() => 'subscribe'),
      ...Array.from({ length: 5 }, () => 'get'),
    ])
    answerAll(store)
    await expect(Promise.all(requests)).resolves.toHaveLength(10)
  })

  it('start over when the connection is lost again', async () => {
    const store = await setupOpenRpcStore()
    const requests = ask(store, 30)
    await reopen(store)
    store.answer('one', store.lastSocketMessages()[0]!.id)
    await reopen(store)
    expect(store.lastSocketMessages()).toHaveLength(20)
    expect(answerAll(store)).toEqual([20, 9])
    await expect(Promise.all(requests)).resolves.toHaveLength(30)
  })

  it('go on after 5 s when the server does not reply', async () => {
    const store = await setupOpenRpcStore()
    void Promise.all(ask(store, 30))
    await reopen(store)
    await advanceTime(5_000)
    expect(store.lastSocketMessages()).toHaveLength(30)
  })

  it('are not sent when they are aborted or time out while they wait for room', async () => {
    const store = await setupOpenRpcStore()
    const first = ask(store, 20)
    const [aborted, late] = ask(store, 2, { timeout: 1_000 })
    await reopen(store)
    aborted!.abort()
    await advanceTime(1_000)
    await expect(aborted).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await expect(late).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    expect(answerAll(store)).toEqual([20])
    await expect(Promise.all(first)).resolves.toHaveLength(20)
    // Neither they nor a request to cancel them.
    expect(store.lastSocketMessages()).toHaveLength(20)
  })

  it('end when the connection is over', async () => {
    const store = await setupOpenRpcStore()
    const requests = ask(store, 30)
    await reopen(store)
    store.network.last.close(1000)
    const results = await Promise.all(requests)
    expect(new Set(results.map(({ error }) => error?.code))).toEqual(new Set(['disconnected']))
  })

  it('are single requests, also those of a batch', async () => {
    const store = await setupOpenRpcStore()
    const calls = Array.from({ length: 25 }, (_, index) => socketRequest('get', { index }, { idempotent: true }))
    const handles = store.dispatch(socketBatch(calls))
    await reopen(store)
    expect(store.lastSocketMessages()).toHaveLength(20)
    const last = handles.at(-1) as ReturnType<typeof ask>[number]
    last.abort()
    expect(answerAll(store)).toEqual([20, 4])
    await expect(last).resolves.toMatchObject({ error: { code: 'request_aborted' } })
  })
})
