import { describe, expect, it } from '@jest/globals'
import { socketUnsubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createSubscriptionTabs, type SubscriptionTabs } from '../../support/tabs/subscriptionTabs.js'

useFakeTime({ performance: true })

const subscribeAll = async (tabs: SubscriptionTabs): Promise<string[]> => {
  const ids = tabs.stores.map((store) => tabs.subscribe(store))
  await advanceTime(100)
  return ids
}

describe('the shared subscription of tabs that unsubscribe at the same time', () => {
  it.each([
    [0, 'the first one before the others'],
    [1, 'the first one before the others'],
    [3, 'the first one before the others'],
    [10, 'the first one before the others'],
    [0, 'the first one after the others'],
    [1, 'the first one after the others'],
    [3, 'the first one after the others'],
    [10, 'the first one after the others'],
  ])('ends at the server when the tabs unsubscribe %i ms apart, %s', async (ms, order) => {
    const tabs = await createSubscriptionTabs(3)
    const ids = await subscribeAll(tabs)
    const leaving = tabs.stores.map((store, index) => ({ store, id: ids[index]! }))
    for (const { id, store } of order.includes('before') ? leaving : leaving.toReversed()) {
      store.dispatch(socketUnsubscribe(id))
      await advanceTime(ms)
    }
    await advanceTime(200)
    expect(tabs.log).toEqual(['subscribe s1', 'unsubscribe s1'])
  })

  it.each([1, 2, 3])('is one again when %i tabs unsubscribe and subscribe in one task', async (count) => {
    const tabs = await createSubscriptionTabs(count)
    const ids = await subscribeAll(tabs)
    for (const [index, store] of tabs.stores.entries()) {
      store.dispatch(socketUnsubscribe(ids[index]!))
      tabs.subscribe(store)
    }
    await advanceTime(200)
    expect(tabs.live()).toHaveLength(1)
    tabs.publish('x')
    await advanceTime(50)
    expect(tabs.stores.map(tabs.pushed)).toEqual(Array.from({ length: count }, () => ['x']))
  })

  it.each([0, 1, 2, 3, 5, 30])('is one when another tab has asked for it %i ms before', async (ms) => {
    const tabs = await createSubscriptionTabs(2)
    const [first, second] = tabs.stores
    const id = tabs.subscribe(first!)
    await advanceTime(50)
    const other = tabs.subscribe(second!)
    await advanceTime(ms)
    first?.dispatch(socketUnsubscribe(id))
    await advanceTime(200)
    expect(tabs.live()).toHaveLength(1)
    tabs.publish('x')
    await advanceTime(50)
    expect(tabs.stores.map(tabs.pushed)).toEqual([[], ['x']])
    second?.dispatch(socketUnsubscribe(other))
    await advanceTime(200)
    expect(tabs.live()).toEqual([])
  })
})
