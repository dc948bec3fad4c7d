import { buildStore, type BuiltStore } from '../../support/buildStore.js'
import { cases } from '../cases.js'
import { facts } from '../facts.js'
import { inWorld, runCase, type ServerControl } from '../world.js'

// The entry of the bundle that runs inside Chromium; Node keeps the server and is called for all of it.

interface CasePage {
  /** Given by the test: one method of the real server's control. */
  serverControl: (method: string, args: unknown[]) => Promise<unknown>
  /** Resolves when the case has passed, rejects with what failed. */
  runContractCase: (name: string, url: string) => Promise<void>
}

const page = globalThis as unknown as CasePage

const control = new Proxy({} as ServerControl, {
  get:
    (_, method) =>
    async (...args: unknown[]) =>
      await page.serverControl(String(method), args),
})

const printed: string[] = []
for (const method of ['error', 'warn'] as const) {
  console[method] = (...args: unknown[]) => printed.push(`console.${method}: ${args.map(String).join(' ')}`)
}
globalThis.addEventListener('unhandledrejection', ({ reason }) => printed.push(`unhandled: ${String(reason)}`))
globalThis.addEventListener('error', ({ message }) => printed.push(`uncaught: ${message}`))

page.runContractCase = async (name, url) => {
  const found = [...cases, ...facts].find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no case is called '${name}'`)
  const stores: BuiltStore[] = []
  const createStore: typeof buildStore = (options) => {
    const { WebSocket: _, ...rest } = inWorld(url, WebSocket, options)
    // The global one is the default: no store in a page is told of it.
    const store = buildStore(rest)
    stores.push(store)
    return store
  }
  try {
    await runCase(found, {
      world: { runtime: 'chromium', WebSocket, url, server: control, createStore },
      report: () => stores.map((store) => store.pending() ?? JSON.stringify(store.state())).join('\n'),
    })
    if (printed.length > 0) throw new Error(printed.join('\n'))
  } finally {
    for (const { socket } of stores) socket.dispose()
  }
}
