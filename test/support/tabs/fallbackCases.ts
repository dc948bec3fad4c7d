import { describe, expect, it } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { startEchoServer } from '../echoServer.js'
import { createScopeCalls, createTabCalls, createTabsBrowser, type TabCalls, type TabsBrowser } from './tabsBrowser.js'

/** A host name of this machine that is no secure context, other than 127.0.0.1. The browser must know its address. */
export const insecureHost = 'reduplex.test'

/** The calls of the page's worker, over messages: not every browser lets a script from outside run in a worker. */
const createWorkerCalls = (page: Page): TabCalls =>
  createTabCalls(
    async (name, args) =>
      await page.evaluate(
        async (message) => {
          const { port1, port2 } = new MessageChannel()
          const answered = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
          const { worker } = globalThis as unknown as { worker: Worker }
          worker.postMessage(message, [port2])
          return await answered
        },
        [name, args] as const,
      ),
  )

/** A page or worker that cannot share a socket with the tab beside it. */
interface Lone {
  readonly open: (tabs: TabsBrowser, page: Page) => Promise<TabCalls>
  /** The host of its origin. @default '127.0.0.1' */
  readonly host?: string
  /** Its socket's `isHolder`. The ordinary WebSocket has none. */
  readonly holder?: true
}

const openPage = async (context: BrowserContext, url: string): Promise<TabCalls> => {
  const page = await context.newPage()
  await page.goto(url)
  return createScopeCalls(page)
}

const lones: Readonly<Record<string, Lone>> = {
  'a dedicated worker': {
    open: async (_tabs, page) => {
      await page.evaluate(() => void Object.assign(globalThis, { worker: new Worker('/bundle.js') }))
      return createWorkerCalls(page)
    },
  },
  'a service worker': {
    open: async (_tabs, page) => {
      await page.evaluate(async () => {
        await navigator.serviceWorker.register('/bundle.js')
        const { active } = await navigator.serviceWorker.ready
        Object.assign(globalThis, { worker: active })
      })
      return createWorkerCalls(page)
    },
  },
  'a page of an insecure origin': {
    host: insecureHost,
    open: async ({ context, url }) => await openPage(context, url.replace('127.0.0.1', insecureHost)),
  },
  // The platform has Web Locks there, and refuses them.
  'a sandboxed frame': {
    open: async (_tabs, page) => {
      await page.evaluate(
        async () =>
          await new Promise((resolve) => {
            const frame = document.createElement('iframe')
            frame.setAttribute('sandbox', 'allow-scripts')
            Object.assign(frame, { src: '/', onload: resolve })
            document.body.append(frame)
          }),
      )
      return createScopeCalls(page.frames()[1]!)
    },
  },
  // It can share with further pages of that window.
  'a page of a private window': {
    holder: true,
    open: async ({ context, url }) => await openPage(await context.browser()!.newContext(), url),
  },
}

interface PageEvent {
  readonly type: string
}

const isOpen = (events: readonly PageEvent[]): boolean => events.some(({ type }) => type === 'open')

/** Where sockets cannot be shared, each page or worker has one of its own: in the real scopes and origins, beside a tab that shares its socket. */
export const describeFallback = (name: string, browser: () => Browser): void => {
  describe.each(Object.entries(lones))(
    `createSharedWebSocket in %s of ${name}`,
    (_name, { open, host = '127.0.0.1', holder }) => {
      it.each(['startSocket', 'startStore'])(
        'connects and exchanges messages on a connection of its own: %s',
        async (start) => {
          await using tabs = await createTabsBrowser(browser())
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
    },
  )
}
