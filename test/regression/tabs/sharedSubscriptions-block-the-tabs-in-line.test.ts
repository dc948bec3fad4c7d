import { describe, expect, it } from '@jest/globals'
import { socketClose } from '../../../src/index.js'
import { socketUnsubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createSubscriptionTabs } from '../../support/tabs/subscriptionTabs.js'

useFakeTime({ performance: true })

describe('the line of the tabs of a shared subscription', () => {
  it('goes on when the server has ended the subscription for all tabs', async () => {
    const tabs = await createSubscriptionTabs(2)
    for (const store of tabs.stores) tabs.subscribe(store)
    await advanceTime(100)
    tabs.end('s1', { code: -32_000, message: 'over' })
    await advanceTime(100)
    for (const store of tabs.stores) tabs.subscribe(store)
    await advanceTime(100)
    expect(tabs.live()).toEqual(['s2'])
    tabs.publish('x')
    await advanceTime(50)
    expect(tabs.stores.map(tabs.pushed)).toEqual([['x'], ['x']])
  })

  it('asks the server once when it has ended the subscription for now', async () => {
    const tabs = await createSubscriptionTabs(3)
    const ids = tabs.stores.map((store) => tabs.subscribe(store))
    await advanceTime(100)
    tabs.end('s1', { code: -32_012, message: 'later', data: { retryAfter: 200 } })
    await advanceTime(1_000)
    expect(tabs.log).toEqual(['subscribe s1', 'subscribe s2'])
    for (const [index, store] of tabs.stores.entries()) store.dispatch(socketUnsubscribe(ids[index]!))
    await advanceTime(500)
    expect(tabs.live()).toEqual([])
  })

  it('goes on when the first tab unsubscribes while it waits to ask again', async () => {
    let refusals = 1
    const later = { code: -32_012, message: 'later', data: { retryAfter: 5_000 } }
    const tabs = await createSubscriptionTabs(2, {
      onSubscribe: (key) => (refusals-- > 0 ? { error: later } : { result: key }),
    })
    const [first, second] = tabs.stores
    const id = tabs.subscribe(first!)
    await advanceTime(50)
    tabs.subscribe(second!)
    await advanceTime(50)
    first?.dispatch(socketUnsubscribe(id))
    await advanceTime(100)
    expect(tabs.live()).toEqual(['s2'])
  })

  it('goes on when a tab gets the lock after it has left', async () => {
    const tabs = await createSubscriptionTabs(4)
    // The first tab only holds the connection.
    const [, asking, stuck, waiting] = tabs.stores
    tabs.subscribe(asking!)
    await advanceTime(50)
    tabs.subscribe(stuck!)
    await advanceTime(50)
    tabs.tabs[2]?.stick()
    tabs.tabs[1]?.crash()
    await advanceTime(50)
    void stuck?.dispatch(socketClose())
    await advanceTime(50)
    tabs.tabs[2]?.unstick()
    await advanceTime(50)
    tabs.subscribe(waiting!)
    await advanceTime(100)
    tabs.publish('x')
    await advanceTime(50)
    expect(tabs.pushed(waiting!)).toHaveLength(1)
  })

  it('reports no error when the page may not ask for locks any more', async () => {
    const tabs = await createSubscriptionTabs(2, {
      refuseLock: (_name, { ifAvailable = false }) => ifAvailable,
    })
    const ids = tabs.stores.map((store) => tabs.subscribe(store))
    await advanceTime(100)
    for (const [index, store] of tabs.stores.entries()) store.dispatch(socketUnsubscribe(ids[index]!))
    await advanceTime(200)
    // Another tab is assumed.
    expect(tabs.live()).toEqual(['s1'])
    expect(tabs.stores.flatMap((store) => store.actionsOf('socket/error'))).toEqual([])
  })
})
