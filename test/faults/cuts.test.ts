import { describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import { socketClosed, socketConnect, socketDropped, socketMessage, socketSend } from '../../src/index.js'
import { seeded } from '../../bench/restart/simulate.js'
import { setupStore } from '../support/setupStore.js'
import { startSite } from './support/site.js'

interface Sent {
  readonly id: string
  readonly delivery: string
}

const cutsWanted = 1_000

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Traffic both ways over a connection that is cut again and again, at random moments and in every way. */
const sufferCuts = async (seed: number) => {
  const random = seeded(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  await using site = await startSite()
  const { server, proxy } = site
  const store = setupStore({
    url: site.url,
    WebSocket: WsWebSocket,
    heartbeat: { interval: 15, timeout: 100 },
    connectTimeout: 300,
    queue: { maxMessages: 12 },
    reconnect: { backoff: () => below(3), minUptime: 0, shouldReconnect: () => true },
  })

  const echoed = new Map<string, number>()
  const pushed: number[] = []
  const reported = new Map<string, string[]>()
  let miscounted = 0
  let closures = 0
  let echoes = 0
  let seen = 0
  // Read after each action, batched or not.
  const note = (): void => {
    for (; seen < store.recorder.all.length; seen++) {
      const action = store.recorder.all[seen]
      if (socketMessage.match(action)) {
        const { n, push } = action.payload as { n?: string; push?: number }
        if (push !== undefined) pushed.push(push)
        if (n === undefined) continue
        echoes++
        echoed.set(n, (echoed.get(n) ?? 0) + 1)
      } else if (socketDropped.match(action)) {
        const { ids, count, reason } = action.payload
        if (ids.length !== count) miscounted++
        for (const id of ids) reported.set(id, [...(reported.get(id) ?? []), reason])
      } else if (socketClosed.match(action)) closures++
    }
  }
  store.store.subscribe(note)
  const until = async (holds: () => boolean): Promise<unknown> =>
    await store.until(() => {
      note()
      return holds()
    })

  const sends: Sent[] = []
  const send = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const id = `m${String(sends.length)}`
      const offline = below(10)
      const options = offline === 0 ? { id, whenOffline: 'drop' as const } : offline === 1 ? { id, ttl: 1 } : { id }
      sends.push(store.dispatch(socketSend({ n: id }, options)))
    }
  }
  let pushes = 0
  const push = (count: number): void => {
    for (let index = 0; index < count; index++) server.broadcast(JSON.stringify({ push: pushes++ }))
  }

  const cut = async (): Promise<void> => {
    const how = below(100)
    if (how < 50) proxy.drop()
    else if (how < 70) server.terminate()
    else if (how < 88) server.close([1001, 1011, 1012, 4000, 1000][below(5)])
    else if (how < 97) {
      await proxy.refuse(how < 93 ? 'reset' : 'closed')
      const before = closures
      proxy.drop()
      await until(() => closures > before)
      send(below(20))
      await proxy.resume()
    } else {
      // Half-open: only the heartbeat notices.
      proxy.freeze()
      await proxy.resume()
    }
  }

  await store.dispatch(socketConnect())
  for (let before = 0; before < cutsWanted; before = closures) {
    send(below(8))
    push(below(4))
    const moment = below(4)
    if (moment === 1) await turn()
    if (moment === 2) {
      const known = echoes
      send(1 + below(3))
      await until(() => echoes > known || closures > before)
    }
    if (moment === 3) {
      const known = server.received.length
      send(1 + below(3))
      await Promise.race([server.until(({ received }) => received.length > known), until(() => closures > before)])
    }
    if (closures === before) await cut()
    send(below(4))
    await until(() => closures > before)
    send(below(4))
    // Some attempts are cut before they are ready.
    if (below(6) === 0) {
      await turn()
      proxy.drop()
    }
    await store.until(({ status }) => status === 'open')
  }

  await store.until(({ status }) => status === 'open')
  store.dispatch(socketSend({ n: 'end' }))
  await until(() => echoed.has('end'))
  return { sends, echoed, reported, pushed, miscounted, server, closures }
}

describe('a thousand random cuts under traffic both ways', () => {
  it('leave every message echoed or reported, and none sent twice', async () => {
    const { sends, echoed, reported, pushed, miscounted, server } = await sufferCuts(20251121)
    expect(sends.length).toBeGreaterThan(cutsWanted)
    expect(miscounted).toBe(0)

    expect(sends.filter(({ id }) => !echoed.has(id) && !reported.has(id))).toEqual([])
    expect([...echoed].filter(([, times]) => times > 1)).toEqual([])
    expect([...reported].filter(([, reasons]) => reasons.length > 1)).toEqual([])

    const arrived = new Map<string, number>()
    for (const frame of server.received) {
      if (frame === 'ping') continue
      const { n } = JSON.parse(frame as string) as { n: string }
      arrived.set(n, (arrived.get(n) ?? 0) + 1)
    }
    expect([...arrived].filter(([, times]) => times > 1)).toEqual([])
    // What was dropped was never sent; only the fate of an indeterminate message is unknown.
    const dropped = [...reported].filter(([, reasons]) => reasons[0] !== 'indeterminate')
    expect(dropped.filter(([id]) => arrived.has(id))).toEqual([])
    expect(new Set([...reported.values()].flat())).toEqual(new Set(['indeterminate', 'offline', 'overflow', 'expired']))
    // What was refused at once was reported, and had no other fate.
    const refused = sends.filter(({ delivery }) => delivery === 'dropped')
    expect(refused.filter(({ id }) => !dropped.some(([known]) => known === id))).toEqual([])

    expect(pushed.every((push, index) => index === 0 || push > (pushed[index - 1] ?? 0))).toBe(true)
    // On each connection in the order of the sends.
    for (const { received } of server.connections) {
      const numbers = received
        .filter((frame) => frame !== 'ping')
        .map((frame) => (JSON.parse(frame as string) as { n: string }).n)
        .filter((n) => n !== 'end')
        .map((n) => Number(n.slice(1)))
      expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
    }
  }, 60_000)
})
