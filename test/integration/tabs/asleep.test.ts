import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  replaceStuckTab,
  expectTraffic,
  openTabs,
  untilOpenAgain,
  type OpenTabs,
} from '../../support/tabs/transportCases.js'
import { openVisibleTabs, type VisibleTabs } from '../../support/tabs/visibleTabs.js'

let browser: VisibleTabs
beforeAll(async () => {
  browser = await openVisibleTabs()
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
})

interface PageEvent {
  readonly type: string
  readonly reason?: string
}

/** The first tab has given its connection away, got nothing meanwhile, and has joined the one new connection. */
const expectOneHandover = async ({ server, tabs: [first] }: OpenTabs): Promise<void> => {
  const events = await first?.call<PageEvent[]>('events')
  expect(events?.map(({ type, reason }) => [type, reason])).toEqual([
    ['open', undefined],
    ['close', 'handover'],
    ['open', undefined],
  ])
  expect(await first?.call('messages')).toEqual([])
  expect(server.open).toHaveLength(1)
}

describe('a tab of Chromium that is frozen', () => {
  it('gives the connection to another tab, gets no notes meanwhile, and joins again when it wakes up', async () => {
    const open = await openTabs(browser, 2)
    await using server = open.server
    const [first, second] = open.tabs
    await second?.show()
    const time = Date.now()
    await first?.setFrozen(true)
    const took = await untilOpenAgain([second!], time)
    if (process.env['PRINT_TIMES']) process.stderr.write(`frozen: open again after ${Math.round(took)} ms\n`)
    server.broadcast('while it is frozen')
    await second?.until<string[]>('messages', (all) => all.includes('while it is frozen'))
    await first?.setFrozen(false)
    await untilOpenAgain([first!], time)
    await expectOneHandover(open)
    expect(server.connections).toHaveLength(2)
    await expectTraffic(open, 'c')
  })

  it('does not hold up the others when it was the next in line', async () => {
    const open = await openTabs(browser, 3)
    await using server = open.server
    const [first, second, third] = open.tabs
    await third?.show()
    await second?.setFrozen(true)
    await second?.setFrozen(false)
    await second?.setFrozen(true)
    const time = Date.now()
    await first?.setFrozen(true)
    await untilOpenAgain([third!], time)
    expect(server.open).toHaveLength(1)
    await expectTraffic({ server, tabs: [third!] }, 'd')
    for (const tab of [first, second]) await tab?.setFrozen(false)
    await untilOpenAgain([first!, second!], time)
    expect(server.open).toHaveLength(1)
  })
})

describe('a tab of Chromium that holds the connection', () => {
  it('gives it to another tab when its page enters the back-forward cache, and joins again when the user goes back', async () => {
    const open = await openTabs(browser, 2)
    await using server = open.server
    const [first, second] = open.tabs
    const time = Date.now()
    await first?.leave()
    await untilOpenAgain([second!], time)
    await expectTraffic({ server, tabs: [second!] }, 'e')
    await first?.goBack()
    await untilOpenAgain([first!], time)
    // The events of before are there: the page was in the cache, and did not load again.
    await expectOneHandover(open)
    expect(server.connections).toHaveLength(2)
    await expectTraffic(open, 'f')
  })

  it('is replaced when it is stuck, and joins the connection of the others when it goes on', async () => {
    const connections = await replaceStuckTab(browser, async (first) => {
      let unblock = (): void => {}
      const unblocked = new Promise<void>((resolve) => (unblock = resolve))
      browser.site.answer = async () => await unblocked
      const stuck = first.call('blockUntilAnswer')
      return await Promise.resolve(async () => {
        unblock()
        await stuck
      })
    })
    expect(connections).toBe(2)
  })
})
