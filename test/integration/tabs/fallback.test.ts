import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../support/chromium.js'
import { startEchoServer } from '../../support/echoServer.js'
import { createScopeCalls, createTabsBrowser, type TabCalls, type TabsBrowser } from '../../support/tabs/tabsBrowser.js'

// Where sockets cannot be shared, each page or worker has one of its own: in the real scopes and origins, beside a tab that shares its socket.

/** A host name of this machine that is no secure context, other than 127.0.0.1. */
const insecureHost = 'reduplex.test'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium([`--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`])
})
afterAll(async () => {
  await browser.close()
})

/** A page or worker that cannot share a socket with the tab beside it. */
interface Lone {
  readonly open: (tabs: TabsBrowser, page: Page) => Promise<TabCalls>
  /** The host of its origin. @default '127.0.0.1' */
  readonly host?: string
  /** Its socket's `isHolder`. The ordinary WebSocket has none. */
  readonly holder?: true
}

const openPage = async (tabs: TabsBrowser, url: string, isPrivate: boolean): Promise<TabCalls> => {
  const context = isPrivate ? await browser.newContext() : tabs.context
  const page = await context.newPage()
  await page.goto(url)
  return createScopeCalls(page)
}

const lones: Readonly<Record<string, Lone>> = {
  'a dedicated worker': {
    open: async (_tabs, page) => {
      const started = page.waitForEvent('worker')
      await page.evaluate(() => void new Worker('/bundle.js'))
      return createScopeCalls(await started)
    },
  },
  'a service worker': {
    open: async ({ context }, page) => {
      const started = context.waitForEvent('serviceworker')
      await page.evaluate(async () => {
        await navigator.serviceWorker.register('/bundle.js')
        await navigator.serviceWorker.ready
      })
      return createScopeCalls(await started)
    },
  },
  'a page of an insecure origin': {
    host: insecureHost,
    open: async (tabs) => await openPage(tabs, tabs.url.replace('127.0.0.1', insecureHost), false),
  },
  // It can share with further pages of that window.
  'a page of a private window': {
    holder: true,
    open: async (tabs) => await openPage(tabs, tabs.url, true),
  },
}

interface PageEvent {
  readonly type: string
}

const isOpen = (events: readonly PageEvent[]): boolean => events.some(({ type }) => type === 'open')

describe.each(Object.entries(lones))('createSharedWebSocket in %s', (_name, { open, host = '127.0.0.1', holder }) => {
  it.each(['startSocket', 'startStore'])(
    'connects and exchanges messages on a connection of its own: %s',
    async (start) => {
      await using tabs = await createTabsBrowser(browser)
      await using server = await startEchoServer({ echo: false })
      const url = server.url.replace('127.0.0.1', host)
      const beside = host === insecureHost ? await open(tabs, await tabs.context.newPage()) : await tabs.open()
      await beside.call('startSocket', url)
      await beside.until('events', isOpen)

      const page = await tabs.context.newPage()
      await page.goto(tabs.url)
      const lone = await open(tabs, page)
      await lone.call(start, url)
      await lone.until('events', isOpen)
      expect(server.connections).toHaveLength(2)

      const [first, own] = server.connections
      const said = JSON.stringify({ type: 'said', payload: 'hello' })
      own?.socket.send(said)
      first?.socket.send('to the other')
      const received = await lone.until<unknown[]>('messages', (messages) => messages.length > 0)
      expect(received).toEqual([start === 'startStore' ? 'hello' : said])
      expect(await beside.until<unknown[]>('messages', (messages) => messages.length > 0)).toEqual(['to the other'])

      await lone.call(start === 'startStore' ? 'sendAction' : 'send', 'answer')
      await server.until(() => own?.received.length === 1)
      expect(own?.received.map(String)).toEqual([start === 'startStore' ? '"answer"' : 'answer'])
      expect(first?.received).toEqual([])
      const isHolder: unknown = await lone.call('isHolder')
      expect(isHolder).toBe(start === 'startSocket' ? holder : undefined)
    },
  )
})
