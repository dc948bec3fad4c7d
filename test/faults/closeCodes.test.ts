import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import {
  closeCodes,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketFailed,
  socketOpened,
  socketReconnecting,
  type AttemptContext,
  type SocketEvents,
} from '../../src/index.js'
import { readDoc } from '../readme/blocks.js'
import { setupStore, type StoreOptions, type TestStore } from '../support/setupStore.js'
import { hour, startSite, type Site } from './support/site.js'

// Written by hand from the design, so that src does not prove itself.
type Follows = 'retry' | 'stop' | 'refresh' | 'end'
const retried = [1001, 1005, 1006, 1011, 1012, 1013, 1014, 3001, 3999, 4000, 4399, 4408, 4429, 4500, 4999]
const stopped = [1002, 1003, 1007, 1008, 1009, 1010, 3003]

const expected = new Map<number, Follows>([
  [1000, 'end'],
  [3000, 'refresh'],
  [4401, 'refresh'],
  ...stopped.map((code) => [code, 'stop'] as const),
  ...Array.from({ length: 100 }, (_, index) => [4400 + index, 'stop'] as const).filter(
    ([code]) => ![4401, 4408, 4429].includes(code),
  ),
  ...retried.map((code) => [code, 'retry'] as const),
])

let site: Site

beforeAll(async () => {
  site = await startSite()
})

afterAll(async () => {
  await site[Symbol.asyncDispose]()
})

const connected = async (options: StoreOptions = {}): Promise<TestStore> => {
  const store = setupStore({
    url: () => site.url,
    WebSocket: WsWebSocket,
    reconnect: { backoff: () => hour },
    ...options,
  })
  await store.dispatch(socketConnect())
  await site.server.until(({ open }) => open.length > 0)
  return store
}

const closeWith = (code: number): void => {
  if (code === 1005) site.server.close()
  else if (code === 1006) site.server.terminate()
  else site.server.close(code, 'because')
}

const afterClose = async (code: number, options?: StoreOptions) => {
  const store = await connected(options)
  closeWith(code)
  const { payload } = await store.recorder.take(socketClosed)
  const { status } = store.state()
  store.socket.dispose()
  await site.server.until(({ open }) => open.length === 0)
  return { store, payload, status }
}

const nextOf: Record<Follows, SocketEvents['closed']['next']> = {
  end: 'closed',
  stop: 'failed',
  retry: 'reconnecting',
  refresh: 'reconnecting',
}

describe('a server that closes with a code', () => {
  it.each(['end', 'stop', 'retry', 'refresh'] as const)(
    'is treated as the table says: %s',
    async (follows) => {
      const codes = [...expected].filter(([, what]) => what === follows).map(([code]) => code)
      const seen: unknown[] = []
      for (const code of codes) {
        const { payload, store } = await afterClose(code)
        const failed = store.recorder.count(socketFailed)
        seen.push({ code: payload.code, next: payload.next, failed, reason: payload.reason })
      }
      const next = nextOf[follows]
      const reasonOf = (code: number): string => (code === 1005 || code === 1006 ? '' : 'because')
      expect(seen).toEqual(
        codes.map((code) => ({ code, next, failed: follows === 'stop' ? 1 : 0, reason: reasonOf(code) })),
      )
    },
    20_000,
  )

  it.each([1004, 1005, 1006, 1015, 1016, 2999, 5000])(
    'has sent a broken close when the code %d may not go over the wire',
    async (code) => {
      const store = await connected()
      site.server.sendBytes(Uint8Array.of(0x88, 2, code >> 8, code & 255))
      const { payload } = await store.recorder.take(socketClosed)
      expect(payload).toMatchObject({ code: 1006, wasClean: false, next: 'reconnecting' })
      store.socket.dispose()
      site.server.terminate()
      await site.server.until(({ open }) => open.length === 0)
    },
  )

  it('spreads the clients of a restart wider: 1012, 1013 and 4429 wait up to ten seconds', async () => {
    const delays: Record<number, number> = {}
    for (const code of [1001, 1006, 1012, 1013, 4429]) {
      const { store } = await afterClose(code, { reconnect: { random: () => 0.5 } })
      delays[code] = store.recorder.of(socketReconnecting)[0]?.payload.delay ?? NaN
    }
    expect(delays).toEqual({ 1001: 1_500, 1006: 1_500, 1012: 5_000, 1013: 5_000, 4429: 5_000 })
  })
})

describe.each([3000, 4401])('a server that closes with %d', (code) => {
  const asks: Pick<AttemptContext, 'attempt' | 'reason' | 'lastClose'>[] = []
  const options: StoreOptions = {
    url: ({ attempt, reason, lastClose }) => {
      asks.push({ attempt, reason, lastClose })
      return site.url
    },
    reconnect: { backoff: () => 2, minUptime: hour },
  }

  it('gets one more attempt with fresh credentials, and ends the connection the second time', async () => {
    asks.length = 0
    const store = await connected(options)
    closeWith(code)
    await store.recorder.takeMany(2, socketOpened)
    await site.server.until(({ open }) => open.length > 0)
    closeWith(code)
    const { payload } = await store.recorder.take(socketFailed)
    expect(payload.code).toBe('stopped')
    expect(asks).toMatchObject([
      { attempt: 0, reason: 'connect', lastClose: null },
      { attempt: 1, reason: 'refresh', lastClose: { code } },
    ])
    expect(store.recorder.count(socketConnecting)).toBe(2)
  })

  it('gets fresh credentials again, once a connection was open for minUptime', async () => {
    asks.length = 0
    const store = await connected({ ...options, reconnect: { backoff: () => 2, minUptime: 0 } })
    for (let round = 1; round <= 3; round++) {
      closeWith(code)
      await store.recorder.next(socketOpened)
      await site.server.until(({ open }) => open.length > 0)
    }
    expect(asks.map(({ reason }) => reason)).toEqual(['connect', 'refresh', 'refresh', 'refresh'])
    store.socket.dispose()
    await site.server.until(({ open }) => open.length === 0)
  })

  it('ends the connection at once when there is neither a function nor a handshake', async () => {
    const { status, store } = await afterClose(code, { url: site.url })
    expect([status, store.recorder.count(socketConnecting)]).toEqual(['failed', 1])
  })
})

describe('docs/close-codes.md', () => {
  const page = readDoc('docs/close-codes.md')
  const follows = { end: '`closed`', stop: '`failed`', retry: 'retry', refresh: 'fresh credentials, once' }

  it('has the table that is exported', () => {
    const rows = Array.from(page.matchAll(/^\| (\d+) \| (.*?) \| (.*?) \|/gm), ([, code, name, what]) => [
      Number(code),
      name,
      what,
    ])
    expect(rows).toEqual(
      Object.entries(closeCodes).map(([code, [name, advice]]) => [Number(code), name, follows[advice]]),
    )
  })

  it('says what follows all other codes', () => {
    expect(page).toContain('| other 4400–4499 | | `failed` |')
    expect(page).toContain('| all others | | retry |')
  })
})
