import { describe, expect, it } from '@jest/globals'
import { jsonRpc, socketSubscribe, socketUnsubscribe, type JsonRpcOptions } from '../../../src/rpc/index.js'
import { sharedSubscriptionsFeature } from '../../../src/tabs/index.js'
import type { FakeConnection } from '../../../src/testing/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { stableHash } from '../../../src/internal/stableHash.js'
import { ADDRESS } from '../../support/tabs/tabSocket.js'
import { openStore, type TabStore } from '../../support/tabs/tabStore.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

useFakeTime({ performance: true })

interface Call {
  readonly id: number
  readonly method: string
  readonly params: { readonly channel?: string; readonly since?: object; readonly id?: string }
}

/** Stores in tabs, and a server that accepts every subscription. `history` gives answers a position. */
interface Behaviour {
  /** Answers have a position. */
  readonly history?: boolean
  /** Pushes once right behind each answer. */
  readonly isEager?: boolean
  /** The history that has taken the place of the first one when a tab comes back. */
  readonly newEpoch?: string
  /** Answers nothing. */
  readonly isSilent?: boolean
}

const setup = async (
  count: number,
  { history = false, isEager = false, isSilent = false, newEpoch, ...options }: JsonRpcOptions & Behaviour = {},
) => {
  const world = createTabWorld()
  const { server } = world
  let offset = 0
  let subscriptions = 0
  const calls: (readonly [method: string, what: unknown])[] = []
  server.reply(
    (message: unknown) => (message as Call).method === 'subscribe',
    ({ id, params }: Call) => {
      calls.push(['subscribe', params.since ?? params.channel])
      const key = `s${++subscriptions}`
      if (isSilent) return undefined
      if (isEager) setTimeout(() => push(key))
      const { since } = params as { since?: { offset: number } }
      const isLost = since && newEpoch
      const at = isLost
        ? { epoch: newEpoch, offset: 0, recovered: false }
        : since
          ? { ...since, recovered: true }
          : { epoch: 'e', offset }
      return { jsonrpc: '2.0', id, result: history ? { id: key, ...at } : key }
    },
  )
  server.reply(
    (message: unknown) => (message as Call).method === 'unsubscribe',
    ({ id, params }: Call) => {
      calls.push(['unsubscribe', params.id])
      return { jsonrpc: '2.0', id, result: null }
    },
  )
  const tabs = Array.from({ length: count }, () => world.open())
  const create = createSocketMiddleware.with(sharedSubscriptionsFeature)
  const stores = tabs.map((tab) => openStore(tab, { create, protocol: jsonRpc(options) }))
  await advanceTime(50)
  const push = (key: string, connection: FakeConnection = server.last, at = ++offset) => {
    connection.send({
      jsonrpc: '2.0',
      method: '$/push',
      params: { id: key, channel: 'news', data: at, ...(history && { offset: at }) },
    })
  }
  return { ...world, tabs, stores, calls, push }
}

const subscribe = (store: TabStore, channel = 'news') =>
  store.dispatch(socketSubscribe(channel, undefined, { shared: true }))

const pushed = (store: TabStore) =>
  store.actionsOf('socket/push').map(({ payload }) => (payload as { readonly data: unknown }).data)

const recovered = (store: TabStore) =>
  store.actionsOf('socket/subscribed').map(({ payload }) => (payload as { readonly recovered: boolean }).recovered)

describe('subscriptions that tabs share', () => {
  it('are one at the server, whenever the tabs subscribe, and every tab gets the pushes', async () => {
    const { calls, push, stores } = await setup(3)
    subscribe(stores[1]!)
    subscribe(stores[0]!)
    await advanceTime(50)
    push('s1')
    await advanceTime(50)
    subscribe(stores[2]!)
    await advanceTime(50)
    push('s1')
    await advanceTime(50)
    expect(calls).toEqual([['subscribe', 'news']])
    expect(stores.map(pushed)).toEqual([[1, 2], [1, 2], [2]])
    expect(stores.flatMap((store) => store.actionsOf('socket/error'))).toEqual([])
  })

  it('end at the server with the last tab', async () => {
    const { calls, push, stores } = await setup(3)
    const ids = stores.map((store) => subscribe(store))
    await advanceTime(50)
    for (const [index, store] of stores.entries()) {
      expect(calls.filter(([method]) => method === 'unsubscribe')).toEqual([])
      store.dispatch(socketUnsubscribe(ids[index]!))
      await advanceTime(50)
      push('s1')
      await advanceTime(50)
    }
    expect(calls).toEqual([
      ['subscribe', 'news'],
      ['unsubscribe', 's1'],
    ])
    expect(stores.map((store) => pushed(store).length)).toEqual([0, 1, 2])
  })

  it('can be made again after their end', async () => {
    const { calls, push, stores } = await setup(2)
    const id = subscribe(stores[0]!)
    await advanceTime(50)
    stores[0]?.dispatch(socketUnsubscribe(id))
    subscribe(stores[1]!)
    await advanceTime(50)
    subscribe(stores[0]!)
    await advanceTime(50)
    const key = `s${calls.filter(([method]) => method === 'subscribe').length}`
    push(key)
    await advanceTime(50)
    expect(stores.map(pushed)).toEqual([[1], [1]])
  })

  it('outlive the tab that asked for them', async () => {
    const { calls, push, stores, tabs } = await setup(3)
    for (const store of stores.toReversed()) {
      subscribe(store)
      await advanceTime(50)
    }
    // The third tab has asked, the first one holds the connection.
    tabs[2]?.crash()
    await advanceTime(50)
    push('s1')
    await advanceTime(50)
    expect(calls).toEqual([['subscribe', 'news']])
    expect(stores.map(pushed)).toEqual([[1], [1], []])
  })

  it('are made again, once, after a hand-over', async () => {
    const { calls, push, stores, tabs } = await setup(3)
    for (const store of stores) subscribe(store)
    await advanceTime(50)
    tabs[0]?.emit('pagehide')
    await advanceTime(250)
    push('s2')
    await advanceTime(50)
    expect(calls).toEqual([
      ['subscribe', 'news'],
      ['subscribe', 'news'],
    ])
    expect(stores.map(pushed)).toEqual([[], [1], [1]])
  })

  it('have no gap and no double after a hand-over, in a channel with history', async () => {
    const { calls, push, stores, tabs } = await setup(4, { history: true })
    for (const store of stores) subscribe(store)
    await advanceTime(50)
    for (let n = 0; n < 4; n++) push('s1')
    await advanceTime(50)
    tabs[0]?.crash()
    await advanceTime(250)
    expect(calls.slice(1)).toEqual([['subscribe', { epoch: 'e', offset: 4 }]])
    push('s2')
    await advanceTime(50)
    for (const store of stores.slice(1)) {
      expect(pushed(store)).toEqual([1, 2, 3, 4, 5])
      expect(recovered(store)).toEqual([true, true])
    }
  })

  it('get from the server what a tab has missed while its page was frozen', async () => {
    const { calls, push, server, stores, tabs } = await setup(3, { history: true })
    for (const store of stores) subscribe(store)
    await advanceTime(50)
    push('s1')
    await advanceTime(50)
    tabs[1]?.emit('freeze')
    tabs[2]?.emit('freeze')
    await advanceTime(50)
    tabs[2]?.emit('resume')
    await advanceTime(150)
    push('s1')
    await advanceTime(50)
    tabs[1]?.emit('resume')
    await advanceTime(150)
    expect(calls.slice(1)).toEqual([['subscribe', { epoch: 'e', offset: 1 }]])
    push('s2', server.last, 2)
    push('s1')
    push('s2', server.last, 3)
    await advanceTime(50)
    expect(stores.map(pushed)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect(stores.map(recovered)).toEqual([[true], [true, true], [true, true]])
  })

  it('report a gap that the server cannot fill: it has begun a new history', async () => {
    const { calls, server, stores, tabs } = await setup(2, { history: true, newEpoch: 'f' })
    for (const store of stores) subscribe(store)
    await advanceTime(50)
    tabs[1]?.emit('freeze')
    await advanceTime(50)
    server.last.cut()
    await advanceTime(60_200)
    tabs[1]?.emit('resume')
    await advanceTime(60_200)
    expect(stores.map(recovered)).toEqual([
      [true, false],
      [true, false],
    ])
    expect(calls).toHaveLength(2)
  })

  it('stay separate for other channels, and without the option', async () => {
    const { calls, stores } = await setup(2)
    subscribe(stores[0]!)
    subscribe(stores[1]!, 'other')
    for (const store of stores) store.dispatch(socketSubscribe('own'))
    await advanceTime(50)
    const channels = calls.map(([, what]) => what)
    expect(channels).toHaveLength(4)
    expect(channels).toEqual(expect.arrayContaining(['own', 'own', 'news', 'other']))
  })

  it('can be taken back before the server has answered', async () => {
    const { calls, stores } = await setup(2)
    const [first, second] = stores.map((store) => subscribe(store))
    stores[1]?.dispatch(socketUnsubscribe(second!))
    await advanceTime(50)
    stores[0]?.dispatch(socketUnsubscribe(first!))
    await advanceTime(50)
    expect(calls).toEqual([
      ['subscribe', 'news'],
      ['unsubscribe', 's1'],
    ])
  })

  it('release their locks and channels with the connection', async () => {
    const { stores, tabs } = await setup(2)
    for (const store of stores) subscribe(store)
    await advanceTime(50)
    expect(tabs.map(({ channels }) => channels)).toEqual([2, 2])
    tabs[0]?.emit('pagehide')
    await advanceTime(250)
    expect(tabs.map(({ channels }) => channels)).toEqual([0, 2])
  })

  it('are not ended by a tab that did not ask for them', async () => {
    const { calls, push, stores } = await setup(2)
    const [, second] = stores.map((store) => subscribe(store))
    await advanceTime(50)
    stores[1]?.dispatch(socketUnsubscribe(second!))
    await advanceTime(50)
    push('s1')
    await advanceTime(50)
    expect(calls).toEqual([['subscribe', 'news']])
    expect(stores.map(pushed)).toEqual([[1], []])
  })

  it('give every tab the pushes that come before the others know the answer', async () => {
    const { stores } = await setup(3, { isEager: true })
    for (const store of stores.toReversed()) subscribe(store)
    await advanceTime(50)
    expect(stores.map(pushed)).toEqual([[1], [1], [1]])
  })

  it('wait for an answer that comes late, and for the lock when the connection is lost meanwhile', async () => {
    const { calls, push, server, stores, tabs } = await setup(3, { isSilent: true })
    for (const store of stores) subscribe(store)
    await advanceTime(50)
    expect(calls).toHaveLength(1)
    tabs[0]?.crash()
    await advanceTime(250)
    expect(calls).toHaveLength(2)
    const { id } = server.last.received.at(-1) as Call
    server.last.send({ jsonrpc: '2.0', id, result: 'late' })
    await advanceTime(50)
    push('late')
    await advanceTime(50)
    expect(stores.map(pushed)).toEqual([[], [1], [1]])
    expect(calls).toHaveLength(2)
    expect(stores.flatMap((store) => store.actionsOf('socket/error'))).toEqual([])
  })

  it('ignore answers to the questions of other tabs', async () => {
    const { intrude, stores } = await setup(2, { isSilent: true })
    for (const store of stores) subscribe(store)
    await advanceTime(50)
    const transport = intrude(ADDRESS)
    transport.post({ t: 'hello' })
    await advanceTime(50)
    const [state] = transport.notes as { readonly epoch?: number }[]
    const other = intrude(ADDRESS, `:${JSON.stringify([state?.epoch, null])}`)
    const name = stableHash(['news', undefined])
    other.post({ name } as never)
    await advanceTime(50)
    // A new owner is announced: the tab that waits asks it again.
    expect(other.notes).toEqual([{ name, ask: expect.any(Number) }])
    other.post({ name, to: 1, answer: 'x' } as never)
    await advanceTime(50)
    expect(stores.flatMap((store) => store.actionsOf('socket/subscribed'))).toEqual([])
  })
})
