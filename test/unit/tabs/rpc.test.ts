import { describe, expect, it } from '@jest/globals'
import { jsonRpc, socketBatch, socketRequest, socketSubscribe, type JsonRpcOptions } from '../../../src/rpc/index.js'
import { numberRequests } from '../../../src/tabs/sharedRpc.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openStore } from '../../support/tabs/tabStore.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

useFakeTime({ performance: true })

interface Call {
  readonly id: number
  readonly method: string
  readonly params: unknown
}

const setup = async (count: number, options: JsonRpcOptions = {}) => {
  const world = createTabWorld()
  const tabs = Array.from({ length: count }, () => world.open())
  const stores = tabs.map((tab) => openStore(tab, { protocol: jsonRpc(options) }))
  await advanceTime(50)
  const calls = () => world.server.last.received.flat() as Call[]
  const errors = () => stores.flatMap((store) => store.actionsOf('socket/error'))
  return { ...world, tabs, stores, calls, errors }
}

it('numbers of requests stay its own for more than a tab can send', () => {
  const rpc: { lastId: number; isForeign?: (message: { readonly id: number }) => boolean } = { lastId: 0 }
  numberRequests({ isHolder: false }, { part: () => ({ rpc }) } as never)
  const { isForeign, lastId } = rpc
  expect([1, 2 ** 21, 2 ** 27].map((n) => isForeign!({ id: lastId + n }))).toEqual([false, false, false])
  expect([lastId - 1, lastId + 2 ** 28].map((id) => isForeign!({ id }))).toEqual([true, true])
  expect(Number.isSafeInteger(lastId + 2 ** 28)).toBe(true)
})

describe('jsonRpc() on a shared socket', () => {
  it('gives each tab the replies to its own requests', async () => {
    const { calls, errors, server, stores } = await setup(3)
    const replies = stores.map((store, index) => store.dispatch(socketRequest('echo', index)))
    await advanceTime(50)
    expect(new Set(calls().map(({ id }) => id)).size).toBe(3)
    // The newest first.
    for (const { id, params } of calls().toReversed())
      server.last.send({ jsonrpc: '2.0', id, result: `of ${String(params)}` })
    await advanceTime(50)
    expect(await Promise.all(replies)).toEqual([{ data: 'of 0' }, { data: 'of 1' }, { data: 'of 2' }])
    expect(errors()).toEqual([])
  })

  it('gives each tab the replies to its own batches', async () => {
    const { calls, errors, server, stores } = await setup(2)
    const batches = stores.map((store, index) =>
      store.dispatch(socketBatch([socketRequest('a', index), socketRequest('b', index)])),
    )
    await advanceTime(50)
    const all = calls()
    for (const batch of [all.slice(0, 2), all.slice(2)])
      server.last.send(batch.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, result: [method, params] })))
    await advanceTime(50)
    for (const [index, [a, b]] of batches.entries())
      expect([await a, await b]).toEqual([{ data: ['a', index] }, { data: ['b', index] }])
    expect(errors()).toEqual([])
  })

  it('reports a reply to nothing that this tab has asked, as before', async () => {
    const { calls, server, stores } = await setup(2)
    void stores[0]?.dispatch(socketRequest('a'))
    await advanceTime(50)
    const [{ id } = { id: 0 }] = calls()
    server.last.send({ jsonrpc: '2.0', id, result: 1 })
    server.last.send({ jsonrpc: '2.0', id: id + 1, result: 1 })
    await advanceTime(50)
    expect(stores.map((store) => store.actionsOf('socket/error').length)).toEqual([1, 0])
  })

  it('answers a request of the server once, in the tab that holds the connection', async () => {
    const asked: string[] = []
    const methods = { where: () => asked.push('here'), noted: () => asked.push('noted') }
    const { server } = await setup(3, { methods })
    server.last.send({ jsonrpc: '2.0', id: 1, method: 'where' })
    server.last.send({ jsonrpc: '2.0', id: 2, method: 'unknown' })
    await advanceTime(50)
    expect(server.last.received).toEqual([
      { jsonrpc: '2.0', id: 1, result: 1 },
      { jsonrpc: '2.0', id: 2, error: expect.objectContaining({ code: -32601 }) },
    ])
    // A notification has no answer: every tab gets it.
    server.last.send({ jsonrpc: '2.0', method: 'noted' })
    await advanceTime(50)
    expect(asked).toEqual(['here', 'noted', 'noted', 'noted'])
  })

  it('drops pushes of subscriptions of other tabs, and gives all tabs those without a subscription', async () => {
    const { calls, server, stores } = await setup(3)
    stores[1]?.dispatch(socketSubscribe('news'))
    await advanceTime(50)
    server.last.send({ jsonrpc: '2.0', id: calls()[0]?.id, result: 's1' })
    server.last.send({ jsonrpc: '2.0', method: '$/push', params: { id: 's1', channel: 'news', data: 'x' } })
    server.last.send({ jsonrpc: '2.0', method: '$/push', params: { channel: 'for all', data: 'y' } })
    await advanceTime(50)
    const pushed = stores.map((store) =>
      store.actionsOf('socket/push').map(({ payload }) => (payload as { data: unknown }).data),
    )
    expect(pushed).toEqual([['y'], ['x', 'y'], ['y']])
  })

  it('subscribes again in every tab after a hand-over', async () => {
    const { calls, stores, tabs } = await setup(3)
    for (const store of stores) store.dispatch(socketSubscribe('news'))
    await advanceTime(50)
    expect(calls()).toHaveLength(3)
    tabs[0]?.emit('pagehide')
    await advanceTime(200)
    expect(calls().map(({ method }) => method)).toEqual(['subscribe', 'subscribe'])
  })
})
