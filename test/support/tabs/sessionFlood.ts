import { expect } from '@jest/globals'
import { startServer } from '../../server/support.js'
import { pollUntil, type TabCalls } from './tabsBrowser.js'

// Tabs of a browser that share a session, with traffic in both directions.

interface Action {
  readonly type: string
  readonly payload: { readonly session?: string; readonly ids?: string[]; readonly code?: string }
}

/** The server, and what it has got. */
export const startSessionServer = async (session: { readonly ttl?: number } = {}) => {
  const running = await startServer({ origin: false, session, rate: false })
  const { server } = running
  const handled: string[] = []
  const reasons: string[] = []
  let told = 0
  server.onMessage('say', (payload) => void handled.push(payload as string))
  server.on('remove', (_connection, { reason }) => void reasons.push(reason))
  const telling = setInterval(() => {
    for (const connection of server.connections) {
      connection.emit('said', told++)
    }
  }, 5)
  return {
    server,
    handled,
    /** Why sessions have ended. */
    reasons,
    url: `ws://127.0.0.1:${server.port ?? 0}`,
    /** Ends the messages of the server. Returns how many there were. */
    stopTelling: () => {
      clearInterval(telling)
      return told
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(telling)
      await running[Symbol.asyncDispose]()
    },
  }
}

export type SessionServer = Awaited<ReturnType<typeof startSessionServer>>

/** The verdicts of a tab, in order. */
export const verdictsOf = async (tab: TabCalls): Promise<(string | undefined)[]> =>
  (await tab.call<Action[]>('actions'))
    .filter(({ type }) => type === 'socket/opened')
    .map(({ payload }) => payload.session)

/** Opens the store of a tab, and lets it send all the time. */
export const startFlood = async (tab: TabCalls, { url }: SessionServer, name: string): Promise<void> => {
  await tab.call('startSession', url)
  await tab.until<{ status: string }>('state', ({ status }) => status === 'open')
  await tab.call('startFlood', name)
  await tab.until<number>('countMessages', (count) => count > 20)
}

/** Waits until a tab goes on with the session. */
export const untilResumed = async (tab: TabCalls): Promise<void> => {
  await tab.until<Action[]>('actions', (all) =>
    all.some(({ payload, type }) => type === 'socket/opened' && payload.session !== 'new'),
  )
  const before = await tab.call<number>('countMessages')
  await tab.until<number>('countMessages', (count) => count > before + 50)
}

/** Waits until the session is over at the server. */
export const untilEnded = async ({ reasons }: SessionServer): Promise<void> =>
  void (await pollUntil(
    () => reasons,
    ({ length }) => length > 0,
    'the end of the session',
  ))

/** Each message of the server came once and in order, each send was handled once and in order and is acknowledged. Returns how many there were. */
export const expectNothingLost = async (
  tabs: ReadonlyMap<string, TabCalls>,
  running: SessionServer,
): Promise<{ readonly sends: number; readonly messages: number }> => {
  const told = running.stopTelling()
  let sends = 0
  for (const [name, tab] of tabs) {
    const count = await tab.call<number>('stopFlood')
    const reports = (await tab.call<Action[]>('actions')).filter(({ type }) => /dropped|error/.test(type))
    expect([await verdictsOf(tab), reports]).toEqual([expect.not.arrayContaining(['lost']), []])
    const own = () => running.handled.filter((id) => id.startsWith(`${name}:`))
    const expected = Array.from({ length: count }, (_, n) => `${name}:${n}`)
    await pollUntil(own, ({ length }) => length >= count, 'the sends that were handled')
    expect(own()).toEqual(expected)
    await tab.until<number>('countAcknowledged', (done) => done >= count)
    expect(await tab.call('acknowledged')).toEqual(expected)
    const actions = await tab.call<Action[]>('actions')
    expect(actions.filter(({ type }) => type === 'socket/dropped' || type === 'socket/error')).toEqual([])
    await tab.until<number>('lastMessage', (last) => last === told - 1)
    const messages = await tab.call<number[]>('messages')
    expect(messages).toEqual(Array.from({ length: messages.length }, (_, n) => messages[0]! + n))
    sends += count
  }
  return { sends, messages: told }
}
