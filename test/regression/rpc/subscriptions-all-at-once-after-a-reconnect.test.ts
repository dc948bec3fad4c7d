import { describe, expect, it } from '@jest/globals'
import { socketSend } from '../../../src/index.js'
import { socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from '../../unit/rpc/harness.js'

useFakeTime()

const subscribeTo = (store: RpcTestStore, count: number): string[] =>
  Array.from({ length: count }, (_, index) => store.dispatch(socketSubscribe(`channel ${index}`)))

/** The server replies to all requests that it has not replied to. Returns how many there were. */
const answerAll = (store: RpcTestStore, answered: Set<number>): number => {
  const open = store.lastSocketMessages().filter(({ id, method }) => method && id !== undefined && !answered.has(id))
  for (const { id } of open) {
    answered.add(id!)
    store.answer(`s${id}`, id)
  }
  return open.length
}

const openWith = async (count: number) => {
  const store = await setupOpenRpcStore()
  const answered = new Set<number>()
  const ids = subscribeTo(store, count)
  const rounds: number[] = []
  const settle = () => {
    rounds.length = 0
    for (let size = answerAll(store, answered); size; size = answerAll(store, answered)) rounds.push(size)
    return rounds
  }
  settle()
  return { ...store, ids, settle, active: () => ids.filter((id) => store.subscription(id)?.status === 'active') }
}

// 150 requests at once were refused above 100 by the companion server.
describe('subscribing again after a reconnect', () => {
  it('has at most 20 requests unanswered at a time', async () => {
    const store = await openWith(150)
    expect(store.active()).toHaveLength(150)
    store.network.last.cut()
    await advanceTime(150)
    expect(store.lastSocketMessages()).toHaveLength(20)
    // Each reply makes room for one more, so that the server has all of them after one pass.
    store.answer('first', store.lastSocketMessages()[0]!.id)
    expect(store.lastSocketMessages()).toHaveLength(21)
    store.settle()
    expect(store.active()).toHaveLength(150)
    expect(store.lastSocketMessages()).toHaveLength(150)
  })

  it('sends those that fit before the queue', async () => {
    const store = await openWith(30)
    store.network.last.cut()
    store.dispatch(socketSend('waited'))
    await advanceTime(150)
    expect(store.lastSocketMessages().map((message) => (message as { method?: string }).method ?? message)).toEqual([
      ...Array.from({ length: 20 }, () => 'subscribe'),
      'waited',
    ])
  })

  it('goes on after 5 s when the server does not reply', async () => {
    const store = await openWith(50)
    store.network.last.cut()
    await advanceTime(150)
    await advanceTime(4_900)
    expect(store.lastSocketMessages()).toHaveLength(20)
    await advanceTime(200)
    expect(store.lastSocketMessages()).toHaveLength(40)
    await advanceTime(5_000)
    expect(store.lastSocketMessages()).toHaveLength(50)
    store.settle()
    expect(store.active()).toHaveLength(50)
  })

  it('starts over when the connection is lost meanwhile', async () => {
    const store = await openWith(50)
    store.network.last.cut()
    await advanceTime(150)
    store.answer('one', store.lastSocketMessages()[3]!.id)
    store.network.last.cut()
    await advanceTime(150)
    expect(store.lastSocketMessages()).toHaveLength(20)
    store.settle()
    expect(store.active()).toHaveLength(50)
    expect(store.lastSocketMessages()).toHaveLength(50)
  })

  it('leaves out those that are unsubscribed while they wait', async () => {
    const store = await openWith(40)
    store.network.last.cut()
    await advanceTime(150)
    const last = store.ids[39]!
    store.dispatch(socketUnsubscribe(last))
    store.settle()
    expect(store.lastSocketMessages()).toHaveLength(39)
    expect(store.active()).toHaveLength(39)
  })
})

describe('unsubscribing from many channels at once', () => {
  it('has at most 20 requests unanswered at a time', async () => {
    const store = await openWith(150)
    for (const id of store.ids) store.dispatch(socketUnsubscribe(id))
    const unsubscribed = () => store.sentMessages().filter(({ method }) => method === 'unsubscribe')
    expect(unsubscribed()).toHaveLength(20)
    store.settle()
    expect(unsubscribed()).toHaveLength(150)
  })
})
