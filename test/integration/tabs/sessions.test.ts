import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { crashTab, launchChromium } from '../../support/chromium.js'
import { describeSessions } from '../../support/tabs/sessionCases.js'
import {
  expectNothingLost,
  startFlood,
  startSessionServer,
  untilResumed,
  verdictsOf,
} from '../../support/tabs/sessionFlood.js'
import { createTabsBrowser, pollUntil } from '../../support/tabs/tabsBrowser.js'
import { closeTab, usualEnds } from '../../support/tabs/transportCases.js'
import { openVisibleTabs } from '../../support/tabs/visibleTabs.js'

// One session for all tabs, in Chromium, with the companion server, while both ends send all the time.

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
})

describeSessions('Chromium', () => browser, {
  crashes: crashTab,
  lastEnds: { 'is closed': closeTab, 'goes to another page': usualEnds['goes to another page'] },
})

describe('one session for the tabs of Chromium', () => {
  it.each(['holds the connection', 'follows'])('ends the subscription of a tab that crashes and %s', async (role) => {
    await using tabs = await createTabsBrowser(browser)
    await using running = await startSessionServer()
    const [holder, follower] = [await tabs.open(), await tabs.open()]
    await startFlood(holder, running, 'a')
    await startFlood(follower, running, 'b')
    const [connection] = running.server.connections
    for (const tab of [holder, follower]) await tab.call('subscribe', 'news')
    await pollUntil(
      () => connection!.subscriptions,
      ({ length }) => length === 2,
      'the subscriptions',
    )
    const [going, staying] = role === 'follows' ? [follower, holder] : [holder, follower]
    // Two seconds: what a tab has is told with a delay.
    const count = await going.call<number>('countMessages')
    await going.until<number>('countMessages', (now) => now > count + 400)
    await crashTab(going)
    await pollUntil(
      () => connection!.subscriptions,
      ({ length }) => length === 1,
      'the end of a subscription',
    )
    void running.server.publish('news', 'after')
    await staying.until<unknown[]>('pushes', ({ length }) => length === 1)
    expect([running.server.connections.size, running.reasons]).toEqual([1, []])
  })

  it('loses nothing for the others when the holder is frozen, which gets the verdict when it wakes', async () => {
    await using visible = await openVisibleTabs()
    await using running = await startSessionServer()
    const [first, second] = [await visible.open(), await visible.open()]
    await startFlood(first, running, 'a')
    await second.show()
    await startFlood(second, running, 'b')
    await first.setFrozen(true)
    await untilResumed(second)
    await first.setFrozen(false)
    await untilResumed(first)
    expect(await verdictsOf(first)).toEqual(['new', 'lost'])
    await first.call('stopFlood')
    await expectNothingLost(new Map([['b', second]]), running)
    expect(await verdictsOf(second)).toEqual(['new', 'resumed'])
    const own = running.handled.filter((id) => id.startsWith('a:'))
    expect(new Set(own).size).toBe(own.length)
    // What was not handled is reported.
    const dropped = (await first.call<{ type: string; payload: { ids?: string[] } }[]>('actions'))
      .filter(({ type }) => type === 'socket/dropped')
      .flatMap(({ payload }) => payload.ids!)
    const handled = new Set([...own, ...dropped])
    const count = await first.call<number>('stopFlood')
    expect(Array.from({ length: count }, (_, n) => `a:${n}`).filter((id) => !handled.has(id))).toEqual([])
  })
})
