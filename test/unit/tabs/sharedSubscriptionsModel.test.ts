import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { socketClose, socketConnect } from '../../../src/index.js'
import { socketUnsubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createSubscriptionTabs } from '../../support/tabs/subscriptionTabs.js'
import type { TabStore } from '../../support/tabs/tabStore.js'
import type { WorldTab } from '../../support/tabs/tabWorld.js'

useFakeTime({ performance: true })

type Step = 'open' | 'subscribe' | 'unsubscribe' | 'again' | 'all' | 'close' | 'connect' | 'crash' | 'wait'
type Script = readonly (readonly [Step, number])[]

interface Page {
  readonly tab: WorldTab
  readonly store: TabStore
  /** Its subscriptions. */
  ids: string[]
  isClosed: boolean
}

/** Random, but the same for the same seed. */
const createRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

/** Plays steps over notes and locks that take up to 40 ms, then waits until nothing happens any more. */
const play = async (seed: number, script: Script) => {
  const random = createRandom(seed)
  const notes = [1, 8, 40][random(3)]!
  const locks = [1, 8, 40][random(3)]!
  const tabs = await createSubscriptionTabs(0, { delay: () => 1 + random(notes), lockDelay: () => 1 + random(locks) })
  const { server } = tabs
  const pages: Page[] = []
  // A tab that only has the connection, so that it lasts.
  tabs.openTab()
  await advanceTime(200)
  const open = () => pages.push({ ...tabs.openTab(), ids: [], isClosed: false })
  const unsubscribe = (page: Page) => {
    for (const id of page.ids.splice(0)) page.store.dispatch(socketUnsubscribe(id))
  }
  const subscribe = (page: Page) => {
    if (!page.isClosed) page.ids.push(tabs.subscribe(page.store))
  }
  const again = (page: Page) => {
    unsubscribe(page)
    subscribe(page)
  }
  const alive = () => pages.filter(({ tab }) => !tab.isGone)
  const acts: Readonly<Record<Step, (page: Page) => void>> = {
    open,
    subscribe,
    unsubscribe,
    again,
    all: () => {
      for (const page of alive()) unsubscribe(page)
    },
    close: (page) => {
      page.isClosed = true
      void page.store.dispatch(socketClose())
    },
    connect: (page) => {
      page.isClosed = false
      void page.store.dispatch(socketConnect())
    },
    crash: ({ tab }) => tab.crash(),
    wait: () => {},
  }
  open()
  open()
  await advanceTime(200)
  for (const [step, n] of script) {
    const page = alive()[n % Math.max(1, alive().length)]
    if (page && alive().length < 6) acts[step](page)
    await advanceTime(step === 'wait' ? n * 10 : n % 12)
  }
  await advanceTime(3_000)
  const before = pages.map(({ store }) => tabs.pushed(store).length)
  tabs.publish('last')
  await advanceTime(500)
  const wanted = alive().filter(({ ids, isClosed }) => ids.length > 0 && !isClosed)
  const got = (page: Page) => tabs.pushed(page.store).length - before[pages.indexOf(page)]!
  const result = {
    connections: server.connections.length,
    /** How many subscriptions the server has. */
    live: tabs.live().length,
    log: tabs.log,
    isWanted: wanted.length > 0,
    /** Tabs whose subscriptions did not each get the push once. */
    wrong: wanted.filter((page) => got(page) !== page.ids.length).length,
    errors: alive().flatMap(({ store }) => store.actionsOf('socket/error')),
    gone:
      pages.filter(({ tab, isClosed }) => tab.isGone || isClosed).length +
      script.filter(([step]) => step === 'close').length,
  }
  for (const { store } of pages) store.dispose()
  tabs.dispose()
  await advanceTime(200)
  return result
}

const scriptOf = (...steps: readonly Step[]) =>
  fc.array(fc.tuple(fc.constantFrom(...steps), fc.nat(40)), { maxLength: 30 })

describe('a subscription that tabs share, over slow notes and locks', () => {
  it('is exactly one at the server while any tab wants it, and none otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2 ** 30),
        scriptOf('open', 'subscribe', 'unsubscribe', 'again', 'all', 'wait'),
        async (seed, script) => {
          const { connections, errors, isWanted, live, log, wrong } = await play(seed, script)
          expect([log, live]).toEqual([log, isWanted ? 1 : 0])
          expect([log, wrong]).toEqual([log, 0])
          expect({ connections, errors }).toEqual({ connections: 1, errors: [] })
        },
      ),
      { numRuns: 100 },
    )
  })

  it('reaches every tab that wants it when tabs close and crash, and each of those leaves one at the server at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2 ** 30),
        scriptOf('open', 'subscribe', 'unsubscribe', 'again', 'all', 'close', 'connect', 'crash', 'wait'),
        async (seed, script) => {
          const { errors, gone, isWanted, live, log, wrong } = await play(seed, script)
          expect([log, wrong]).toEqual([log, 0])
          expect(live).toBeGreaterThanOrEqual(isWanted ? 1 : 0)
          expect(live).toBeLessThanOrEqual(gone + (isWanted ? 1 : 0))
          expect(errors).toEqual([])
        },
      ),
      { numRuns: 100 },
    )
  })
})
