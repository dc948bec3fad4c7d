import { EARLY_SEND } from '../../support/earlySend.js'
import { buildStore, type BuiltStore } from '../../support/buildStore.js'
import { faults } from '../../browsers/faults.js'
import { cases } from '../cases.js'
import { facts } from '../facts.js'
import { storeOptionsIn, runCase, type ServerControl } from '../environment.js'

// What runs the cases inside a browser. Node keeps the server, and the page asks Node for everything.

interface CasePage {
  /** Resolves when the case has passed, rejects with what failed. */
  runContractCase: (name: string, url: string) => Promise<void>
  userAgent: () => string
}

const page = globalThis as unknown as CasePage

/** One method of the real server's control. */
const askNode = async (method: string, args: unknown[]): Promise<unknown> => {
  const response = await fetch('/node', { method: 'POST', body: JSON.stringify({ method, args }) })
  if (!response.ok) throw new Error(`${method}: ${await response.text()}`)
  return await response.json()
}

const control = new Proxy({} as ServerControl, {
  get:
    (_, method) =>
    async (...args: unknown[]) =>
      await askNode(String(method), args),
})

const printed: string[] = []
for (const method of ['error', 'warn'] as const) {
  console[method] = (...args: unknown[]) => {
    const text = args.map(String).join(' ')
    if (!EARLY_SEND.test(text)) printed.push(`console.${method}: ${text}`)
  }
}
globalThis.addEventListener('unhandledrejection', ({ reason }) => printed.push(`unhandled: ${String(reason)}`))
globalThis.addEventListener('error', ({ message }) => printed.push(`uncaught: ${message}`))

/** Runs cases on the browser's own WebSocket, or on this class. */
export const servePage = (Class?: typeof WebSocket): void => {
  page.userAgent = () => navigator.userAgent
  page.runContractCase = async (name, url) => {
    const found = [...cases, ...facts, ...faults].find((candidate) => candidate.name === name)
    if (found === undefined) throw new Error(`no case is called '${name}'`)
    const stores: BuiltStore[] = []
    const createStore: typeof buildStore = (options) => {
      const { WebSocket: _, ...rest } = storeOptionsIn(url, WebSocket, options)
      // The global WebSocket is the default: without a class no store in a page gets one as an option.
      const store = buildStore({ ...rest, ...(Class && { WebSocket: Class }) })
      stores.push(store)
      return store
    }
    try {
      await runCase(found, {
        environment: { runtime: 'browser', WebSocket: Class ?? WebSocket, url, server: control, createStore },
        report: () => stores.map((store) => store.pending() ?? JSON.stringify(store.state())).join('\n'),
      })
      if (printed.length > 0) throw new Error(printed.join('\n'))
    } finally {
      for (const { socket } of stores) socket.dispose()
    }
  }
}
