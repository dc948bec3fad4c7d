import { expect, it, jest } from '@jest/globals'
import { configureStore, isAction, type Middleware } from '@reduxjs/toolkit'
import fc from 'fast-check'
import {
  createSocketActions,
  selectSocket,
  SocketFailure,
  socketReducer,
  type HandshakeContext,
} from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import type { DropReason } from '../../../src/connection/types.js'
import { useFakeTime } from '../../support/fakeTime.js'
import type { FakeConnection } from '../../../src/testing/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { createPage } from '../../support/page.js'
import { watch } from '../../support/setupConnection.js'

// Random commands and faults on the real middleware and a real store. Whatever the sequence: at most one socket is live, the state is true, the last
// command wins, every send ends exactly once, and every promise settles. With a heartbeat, what the server did not receive was reported as dropped or
// as indeterminate.

const actions = createSocketActions()

type Command =
  | { readonly do: 'connect'; readonly to: 'same' | 'a' | 'b' | 'path' | 'params'; readonly keepQueue: boolean }
  | { readonly do: 'reconnect' }
  | { readonly do: 'close'; readonly code: number }
  | { readonly do: 'send'; readonly whenOffline: 'queue' | 'drop'; readonly ttl: number }

type Step =
  | Command
  | { readonly do: 'on'; readonly event: string; readonly command: Command }
  | { readonly do: 'server'; readonly mode: 'accept' | 'refuse' | 'hold'; readonly halfOpen: boolean }
  | { readonly do: 'accept' | 'refuse' | 'cut' | 'fail' | 'freeze' | 'finishClose' | 'message' | 'answer' }
  | { readonly do: 'serverClose'; readonly code: number }
  | { readonly do: 'provider'; readonly mode: 'gives' | 'thinks' | 'rejects' | 'throws' | 'hangs' }
  | { readonly do: 'pass' | 'sleep'; readonly ms: number }
  | { readonly do: 'page'; readonly what: 'online' | 'offline' | 'visible' | 'hidden' | 'pagehide' | 'pageshow' }
  | { readonly do: 'hands'; readonly mode: 'welcome' | 'denied' | 'banned' | 'silence' }
  | { readonly do: 'pings'; readonly answered: boolean }
  | { readonly do: 'slow'; readonly slow: boolean }
  | { readonly do: 'read'; readonly bytes: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('connect' as const),
      to: fc.constantFrom(
        'same' as const,
        'same' as const,
        'a' as const,
        'b' as const,
        'path' as const,
        'params' as const,
      ),
      keepQueue: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reconnect' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), code: fc.constantFrom(1000, 3000, 4999) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      whenOffline: fc.constantFrom('queue' as const, 'queue' as const, 'drop' as const),
      ttl: fc.constantFrom(Infinity, Infinity, 0, 300, 5_000),
    }),
  },
)

const events = [
  'connecting',
  'opened',
  'opened',
  'opened',
  'message',
  'error',
  'closed',
  'reconnecting',
  'failed',
  'dropped',
  'changed',
]

const happening: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: command },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('on' as const), event: fc.constantFrom(...events), command }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('server' as const),
      mode: fc.constantFrom('accept' as const, 'accept' as const, 'refuse' as const, 'hold' as const),
      halfOpen: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      ...(['accept', 'accept', 'refuse', 'cut', 'fail', 'freeze', 'finishClose', 'message', 'answer'] as const).map(
        (what) => ({ do: what }),
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('serverClose' as const),
      code: fc.constantFrom(1000, 1001, 1005, 1008, 1012, 4000, 4401, 4403, 4429),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('provider' as const),
      mode: fc.constantFrom(
        'gives' as const,
        'thinks' as const,
        'rejects' as const,
        'throws' as const,
        'hangs' as const,
      ),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 1, 10, 300, 700, 701, 2_000, 5_000, 10_000, 30_000),
    }),
  },
)

const oneOf = <Do extends string, Key extends string, Value>(what: Do, key: Key, values: readonly Value[]) =>
  fc.constantFrom(...values.map((value) => ({ do: what, [key]: value }) as { do: Do } & Record<Key, Value>))

/** Events of the page and the device, and how the server behaves. */
const circumstance: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: oneOf('page', 'what', ['online', 'offline', 'visible', 'hidden', 'pagehide', 'pageshow'] as const),
  },
  { weight: 1, arbitrary: oneOf('hands', 'mode', ['welcome', 'denied', 'banned', 'silence'] as const) },
  { weight: 1, arbitrary: oneOf('pings', 'answered', [true, false]) },
  { weight: 1, arbitrary: oneOf('slow', 'slow', [true, true, false]) },
  { weight: 2, arbitrary: oneOf('read', 'bytes', [1, 4, Infinity]) },
  { weight: 1, arbitrary: oneOf('sleep', 'ms', [500, 3_000, 60_000]) },
)

const scenario = fc.record({
  heartbeat: fc.constantFrom(undefined, { interval: 3_000, timeout: 1_000 }, { interval: 700, timeout: 1_500 }),
  lazy: fc.boolean(),
  idleTimeout: fc.constantFrom(0, 0, 4_000),
  highWaterMark: fc.constantFrom(1_048_576, 2),
  shakesHands: fc.boolean(),
  mode: fc.constantFrom('accept' as const, 'accept' as const, 'hold' as const, 'refuse' as const),
  maxMessages: fc.constantFrom(2, 1_000),
  overflow: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
  maxRetries: fc.constantFrom(Infinity, Infinity, 2),
  minUptime: fc.constantFrom(0, 5_000),
  connectTimeout: fc.constantFrom(1_000, 10_000),
  terminate: fc.boolean(),
  lateDelivery: fc.boolean(),
})
const step: fc.Arbitrary<Step> = fc.oneof({ weight: 3, arbitrary: happening }, { weight: 1, arbitrary: circumstance })

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

/** Where a status may lead: the diagram of lifecycle.ts. */
const leadsTo: Readonly<Record<string, readonly string[]>> = {
  idle: ['connecting', 'closed'],
  connecting: ['open', 'closing', 'reconnecting', 'closed', 'failed'],
  open: ['closing', 'connecting', 'reconnecting', 'closed', 'failed'],
  closing: ['connecting', 'closed'],
  closed: ['connecting'],
  reconnecting: ['connecting', 'closing', 'closed', 'failed'],
  failed: ['connecting', 'closed'],
}

const places = {
  same: {},
  a: { url: 'ws://a.test/' },
  b: { url: 'ws://b.test/' },
  path: { path: '/other' },
  params: { params: { room: 1 } },
}

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

/** Advances time timer by timer and settles everything in between, as in a browser. Much faster than Jest's own async form. */
const pass = async (ms: number): Promise<void> => {
  const alarm = { rings: false }
  setTimeout(() => {
    alarm.rings = true
  }, ms)
  await settled()
  while (!alarm.rings) {
    jest.advanceTimersToNextTimer()
    await settled()
  }
}

interface Sent {
  readonly at: number
  readonly ttl: number
  readonly delivery: string
  readonly reason: string | undefined
}

const setupScenario = (setup: Scenario) => {
  const { heartbeat, shakesHands, mode, terminate, lateDelivery } = setup
  const network = createHeldServer({ mode, terminate, lateDelivery })
  const page = createPage()
  const sends: Sent[] = []
  const wire: { readonly n: number; readonly at: number; readonly readyState: number }[] = []
  const drops: { readonly n: number; readonly reason: DropReason }[] = []
  const promises: { readonly asked: string; readonly watched: ReturnType<typeof watch> }[] = []
  const reactions: { readonly event: string; readonly command: Command }[] = []
  const wrong: string[] = []
  const waitingForAnswer: (() => void)[] = []
  let provider: keyof typeof answers = 'gives'
  let hands: Extract<Step, { do: 'hands' }>['mode'] = 'welcome'
  let answersPings = true
  const frozen = new Set<FakeConnection>()
  const welcome = new Set<FakeConnection>()
  let asked = 0
  let lastCommand: 'connect' | 'reconnect' | 'close' | undefined
  let attemptsAtClose = 0

  network.onAttempt = (peer) => {
    const { socket: client } = peer
    const send = client.send.bind(client)
    client.send = (frame) => {
      const n: unknown = frame === 'ping' ? frame : JSON.parse(frame as string)
      if (typeof n === 'number') {
        wire.push({ n, at: Date.now(), readyState: client.readyState })
        if (shakesHands && !welcome.has(peer)) wrong.push(`${String(n)} was sent before the handshake was done`)
      }
      send(frame)
    }
    peer.onReceived = (frame) => {
      if (frame === 'ping' && answersPings) peer.sendRaw('pong')
      if (frame === '"token"' && hands !== 'silence') peer.sendRaw(JSON.stringify(hands))
    }
  }

  const answers = {
    gives: () => ({ token: asked }),
    thinks: async () => await new Promise<{ token: number }>((resolve) => setTimeout(resolve, 50, { token: asked })),
    rejects: async () => await Promise.reject(new Error('no token')),
    throws: () => {
      throw new Error('no token')
    },
    hangs: async () =>
      await new Promise<{ token: number }>((resolve) => waitingForAnswer.push(() => resolve({ token: asked }))),
  }
  const token = () => {
    asked++
    return answers[provider]()
  }

  const handshake = async ({ send, receive }: HandshakeContext) => {
    const peer = network.last
    send('token')
    run({ do: 'send', whenOffline: 'queue', ttl: Infinity })
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const said = await receive()
      if (said === 'welcome') {
        welcome.add(peer)
        return
      }
      if (said === 'denied') throw new Error('denied')
      if (said === 'banned') throw new SocketFailure('banned')
    }
  }

  const { middleware, dispose } = createSocketMiddleware({
    url: 'ws://server.test/',
    params: token,
    WebSocket: network.WebSocket,
    reconnect: { backoff: () => 700, random: () => 0.5, maxRetries: setup.maxRetries, minUptime: setup.minUptime },
    queue: { maxMessages: setup.maxMessages, overflow: setup.overflow, highWaterMark: setup.highWaterMark },
    connectTimeout: setup.connectTimeout,
    lazy: setup.lazy,
    idleTimeout: setup.idleTimeout,
    ...(heartbeat && { heartbeat }),
    ...(shakesHands && { handshake }),
    autoBatch: false,
  })

  const watcher: Middleware = () => (next) => (action) => {
    const from = state().status
    const result = next(action)
    const to = state().status
    // A command is recorded when it runs: one from inside an event runs after that event.
    for (const what of ['connect', 'reconnect', 'close'] as const) {
      if (!actions[what].match(action)) continue
      lastCommand = what
      attemptsAtClose = network.connections.length
    }
    if (from !== to && !leadsTo[from]?.includes(to)) wrong.push(`${from} led to ${to}`)
    if (actions.dropped.match(action)) {
      const { ids, reason, count } = action.payload
      if (ids.length !== count) wrong.push(`${String(count)} dropped, ${String(ids.length)} named`)
      drops.push(...ids.map((id) => ({ n: Number(id), reason })))
    }
    if (isAction(action)) {
      const at = reactions.findIndex(({ event }) => action.type === `socket/${event}`)
      const [reaction] = at === -1 ? [] : reactions.splice(at, 1)
      if (reaction) run(reaction.command)
    }
    return result
  }
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) =>
      defaults({ immutableCheck: false, serializableCheck: false, thunk: false }).prepend(middleware).concat(watcher),
    devTools: false,
  })
  const state = () => selectSocket(store.getState())

  const ask = (what: 'connect' | 'reconnect' | 'close', promise: Promise<unknown>) => {
    promises.push({ asked: what, watched: watch(promise) })
  }
  const run = (given: Command): void => {
    switch (given.do) {
      case 'connect':
        ask('connect', store.dispatch(actions.connect({ ...places[given.to], keepQueue: given.keepQueue })))
        break
      case 'reconnect':
        ask('reconnect', store.dispatch(actions.reconnect()))
        break
      case 'close':
        ask('close', store.dispatch(actions.close(given.code)))
        break
      case 'send': {
        const { whenOffline, ttl } = given
        const n = sends.length
        // Its place is taken first: its drop is reported before it returns.
        sends.push({ at: Date.now(), ttl, delivery: 'unknown', reason: undefined })
        const result = store.dispatch(actions.send(n, { id: String(n), whenOffline, ttl }))
        sends[n] = {
          at: Date.now(),
          ttl,
          delivery: result.delivery,
          reason: 'reason' in result ? result.reason : undefined,
        }
      }
    }
  }

  const take = async (given: Step): Promise<void> => {
    const peer = network.connections.at(-1)
    switch (given.do) {
      case 'on':
        reactions.push(given)
        break
      case 'server':
        network.mode = given.mode
        network.halfOpen = given.halfOpen
        break
      case 'provider':
        provider = given.mode
        break
      case 'answer':
        for (const answer of waitingForAnswer.splice(0)) answer()
        break
      case 'message':
        // From every socket that there ever was: the old ones must be ignored.
        for (const each of network.connections) each.sendRaw('"hello"')
        break
      case 'page':
        if (given.what === 'online' || given.what === 'offline') page.setOnline(given.what === 'online')
        else if (given.what === 'visible' || given.what === 'hidden') page.setVisible(given.what === 'visible')
        else page.fire(given.what, { persisted: true })
        break
      case 'hands':
        hands = given.mode
        break
      case 'pings':
        answersPings = given.answered
        break
      case 'slow':
        network.slow = given.slow
        if (peer) peer.slow = given.slow
        break
      case 'read':
        peer?.read(given.bytes)
        break
      case 'sleep':
        jest.setSystemTime(Date.now() + given.ms)
        break
      case 'serverClose':
        // Its close frame may cross ours, but not before it has read what was sent before that.
        if (peer?.closedBy) peer.read()
        peer?.close(given.code === 1005 ? undefined : given.code)
        break
      case 'pass':
        await pass(given.ms)
        break
      case 'connect':
      case 'reconnect':
      case 'close':
      case 'send':
        run(given)
        break
      case 'freeze':
        if (peer) frozen.add(peer)
        peer?.freeze()
        break
      case 'accept':
      case 'refuse':
      case 'cut':
      case 'fail':
      case 'finishClose':
        peer?.[given.do]()
    }
    await settled()
  }

  /** Checks what must hold at any time. */
  const check = (): void => {
    const { status, openedAt, retryAt } = state()
    const live = network.connections.filter(
      ({ socket: client, closedBy }) => client.readyState < 2 && closedBy === null,
    )
    expect(wrong).toEqual([])
    expect(network.mostLive).toBeLessThanOrEqual(1)
    expect({ status, live: live.map(({ socket: client }) => client.readyState) }).toEqual({
      status,
      live:
        status === 'open'
          ? [1]
          : status === 'connecting' && live.length > 0
            ? [shakesHands ? live[0]?.socket.readyState : 0]
            : [],
    })
    if (status === 'open') expect(openedAt).not.toBeNull()
    else if (status !== 'closing') expect(openedAt).toBeNull()
    if (status !== 'reconnecting') expect(retryAt).toBeNull()
    if (lastCommand === 'close') {
      expect(['closing', 'closed']).toContain(status)
      expect(network.connections).toHaveLength(attemptsAtClose)
    }
  }

  /** Checks how every send ended: exactly once, and in order. */
  const checkSends = (waiting: number): void => {
    const ends = sends.map((): string[] => [])
    for (const { n } of wire) ends[n]?.push('sent')
    for (const { n, reason } of drops) ends[n]?.push(reason)
    sends.forEach(({ delivery, reason }, n) => {
      const [end, ...more] = ends[n] ?? []
      if (delivery === 'sent') expect([n, end]).toEqual([n, 'sent'])
      else if (delivery === 'dropped') expect([n, end]).toEqual([n, reason])
      // A sent message may be reported as indeterminate later, once; nothing else ends twice.
      if (more.length > 0) expect([n, end, ...more]).toEqual([n, 'sent', 'indeterminate'])
    })
    expect(ends.filter((end) => end.length === 0)).toHaveLength(waiting)
    expect(wire.map(({ n }) => n)).toEqual(wire.map(({ n }) => n).toSorted((one, other) => one - other))
    for (const { n, at, readyState } of wire) {
      const sent = sends[n]
      expect(readyState).toBe(1)
      if (sent?.delivery === 'queued') expect(at).toBeLessThanOrEqual(sent.at + sent.ttl)
    }
  }

  /** Sends on lost sockets that neither reached the server nor were reported as indeterminate. */
  const lostInSilence = (): number[] => {
    const arrived = new Set(
      network.connections.flatMap(({ receivedRaw: sent }) => sent.map((frame) => Number.parseInt(frame as string, 10))),
    )
    const doubtful = new Set(drops.filter(({ reason }) => reason === 'indeterminate').map(({ n }) => n))
    return heartbeat ? wire.map(({ n }) => n).filter((n) => !arrived.has(n) && !doubtful.has(n)) : []
  }

  return {
    network,
    page,
    lostInSilence,
    state,
    run,
    take,
    check,
    checkSends,
    dispose,
    promises,
    asked: () => asked,
    /** How many sends have ended. */
    ended: () => wire.length + drops.length,
    /** From here on all faults are over, and no event gives a command. */
    calm: () => {
      reactions.length = 0
      network.mode = 'accept'
      network.halfOpen = false
      provider = 'gives'
      hands = 'welcome'
      answersPings = true
      network.slow = false
      page.setOnline(true)
      page.fire('pageshow', { persisted: true })
      for (const peer of network.connections) {
        Object.assign(peer, { slow: false, halfOpen: false })
        peer.read()
        // The operating system notices a dead connection in the end.
        if (frozen.has(peer)) peer.cut()
      }
    },
  }
}

const unsettled = (promises: ReturnType<typeof setupScenario>['promises']) =>
  promises.filter(({ watched }) => !watched.isSettled).map(({ asked }) => asked)

const isQueueable = (status: string) => !['closing', 'closed', 'failed'].includes(status)

useFakeTime()

const story = async (given: Scenario, steps: readonly Step[], end: 'close' | 'connect'): Promise<void> => {
  jest.clearAllTimers()
  const here = setupScenario(given)
  for (const next of steps) {
    await here.take(next)
    here.check()
  }

  here.calm()
  here.run(end === 'close' ? { do: 'close', code: 1000 } : { do: 'connect', to: 'same', keepQueue: false })
  await pass(120_000)
  here.check()
  // A connect that joins the last of few attempts shares its failure.
  if (end === 'connect' && here.state().status === 'failed' && given.maxRetries < Infinity) {
    here.run({ do: 'connect', to: 'same', keepQueue: false })
    await pass(120_000)
  }
  if (end === 'connect' && given.idleTimeout > 0) {
    expect(here.state()).toMatchObject({ status: 'closed', lastClose: { reason: 'idle' } })
    here.run({ do: 'send', whenOffline: 'queue', ttl: Infinity })
    await pass(1_000)
  }
  expect(here.state().status).toBe(end === 'close' ? 'closed' : 'open')
  expect(unsettled(here.promises)).toEqual([])
  for (const { asked, watched } of here.promises) {
    expect([asked, watched.outcome]).toEqual([
      asked,
      expect.stringMatching(asked === 'close' ? /^closed$/ : /^(open|reconnecting|closed|failed)$/),
    ])
  }
  here.checkSends(0)
  expect(here.lostInSilence()).toEqual([])
  expect(here.state()).toMatchObject({ queued: 0, congested: false, buffered: 0 })

  if (end === 'close') {
    const [attemptTimes, asked] = [here.network.connections.length, here.asked()]
    expect(jest.getTimerCount()).toBe(0)
    await pass(3_600_000)
    expect([here.network.connections.length, here.asked(), here.network.live]).toEqual([attemptTimes, asked, 0])
  }
  here.dispose()
  await pass(1)
  expect(jest.getTimerCount()).toBe(0)
  expect(here.network.live).toBe(0)
  expect(here.page.count()).toBe(0)
  here.checkSends(0)
  expect(here.lostInSilence()).toEqual([])
  here.page.remove()
}

/** As `story`, but disposed of in the middle. */
const tornDown = async (given: Scenario, steps: readonly Step[]): Promise<void> => {
  jest.clearAllTimers()
  const here = setupScenario(given)
  for (const next of steps) await here.take(next)
  here.calm()
  // The counters change within 16 ms: one frame in which no send ends.
  for (let ended = -1; ended !== here.ended();) {
    ended = here.ended()
    await pass(16)
  }
  const { status, queued } = here.state()
  here.checkSends(queued)
  if (!isQueueable(status) && given.idleTimeout === 0) expect(queued).toBe(0)
  here.dispose()
  const [attemptTimes, asked] = [here.network.connections.length, here.asked()]
  here.checkSends(0)
  expect(['idle', 'closed', 'failed']).toContain(here.state().status)
  expect(here.state().queued).toBe(0)
  expect(here.page.count()).toBe(0)
  expect(here.lostInSilence()).toEqual([])
  // Longer than the loop's last round, and than a slow url function.
  await pass(100)
  expect(jest.getTimerCount()).toBe(0)
  await pass(3_600_000)
  expect([here.network.connections.length, here.asked(), here.network.live]).toEqual([attemptTimes, asked, 0])
  expect(unsettled(here.promises)).toEqual([])
  here.page.remove()
}

const ends = fc.constantFrom('close' as const, 'connect' as const)

it('any sequence of commands and faults keeps one live socket, a true state and the result of the last command', async () => {
  const stories = fc.asyncProperty(scenario, fc.array(step, { maxLength: 25, size: 'max' }), ends, story)
  await expect(fc.assert(stories, { numRuns: 400, includeErrorInReport: true })).resolves.toBeUndefined()
}, 600_000)

it('any sequence of commands and faults, ended by dispose(), leaves nothing behind and reports every drop', async () => {
  const stories = fc.asyncProperty(scenario, fc.array(step, { maxLength: 15, size: 'max' }), tornDown)
  await expect(fc.assert(stories, { numRuns: 400, includeErrorInReport: true })).resolves.toBeUndefined()
}, 600_000)
