import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openBundledPage, type BundledPage } from '../../support/chromium.js'
import { startRpcServer } from '../../support/rpcServers.js'
import type { PageFunctions } from './page.js'

// The hooks in a real browser, against a real server.

/** A server whose ids of subscriptions are the names of their channels. */
const startServer = async () => {
  const live = new Set<string>()
  const listeners: (() => void)[] = []
  const server = await startRpcServer(({ method, params }) => {
    const { channel = '', id = '' } = params as { channel?: string; id?: string }
    if (method === 'subscribe') live.add(channel)
    else live.delete(id)
    for (const listener of listeners.splice(0)) listener()
    return method === 'subscribe' ? channel : true
  })
  let connections = 0
  server.wss.on('connection', (socket) => {
    connections++
    socket.on('close', () => {
      for (const listener of listeners.splice(0)) listener()
    })
  })
  return {
    ...server,
    live,
    connections: () => connections,
    requests: () => server.calls.map(({ method }) => method),
    /** Resolves as soon as `holds()` returns true; checked after each event of the server. */
    until: async (holds: () => boolean) => {
      while (!holds()) await new Promise<void>((resolve) => listeners.push(resolve))
    },
  }
}

let bundled: BundledPage
let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  bundled = await openBundledPage('test/integration/react/page.tsx')
  bundled.site.answer = async (_method, [count]) => {
    const [client] = server.wss.clients
    for (let n = 0; n < Number(count); n++) {
      client?.send(JSON.stringify({ type: 'list/added', payload: n }))
      client?.send(
        JSON.stringify({ jsonrpc: '2.0', method: '$/push', params: { id: 'burst', channel: 'burst', data: n } }),
      )
    }
    return await Promise.resolve()
  }
}, 60_000)
afterAll(async () => {
  await bundled[Symbol.asyncDispose]()
})

const call = async <Name extends keyof PageFunctions>(
  name: Name,
  ...args: Parameters<PageFunctions[Name]>
): Promise<Awaited<ReturnType<PageFunctions[Name]>>> =>
  (await bundled.call(name, ...args)) as Awaited<ReturnType<PageFunctions[Name]>>

describe('an app in StrictMode in Chromium', () => {
  beforeEach(async () => {
    server = await startServer()
    await bundled.reload()
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
  })

  it('has one connection and one subscription for many components, and none when they are unmounted', async () => {
    await call('begin', server.url)
    expect(await call('show', 20)).toBe(Array.from({ length: 20 }, () => 'true active undefined').join('\n'))
    expect([server.connections(), server.requests()]).toEqual([1, ['subscribe']])

    // Components are mounted and unmounted while others stay: nothing goes over the wire.
    await call('show', 3)
    await call('show', 30)
    expect([server.connections(), server.requests()]).toEqual([1, ['subscribe']])

    await call('show', 0)
    await server.until(() => server.wss.clients.size === 0)
    expect(server.connections()).toBe(1)

    // Hot reload: the same store, and all effects run again.
    await call('show', 2)
    expect([server.connections(), server.wss.clients.size]).toEqual([2, 1])
    await call('show', 0)
    await server.until(() => server.wss.clients.size === 0)
  }, 30_000)

  it('renders at most once a frame while 5 000 messages and as many pushes arrive, and loses none', async () => {
    await call('begin', server.url)
    const { frames, renders, inOrder } = await call('burst', 5_000)
    expect(inOrder).toEqual([true, true, true])
    // One more for the frame that was under way.
    expect(renders).toBeLessThanOrEqual(frames + 1)
    expect(renders).toBeLessThan(500)
  }, 60_000)
})
