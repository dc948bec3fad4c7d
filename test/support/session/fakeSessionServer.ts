import {
  codecOfSession,
  isControl,
  isCounted,
  readControlFrame,
  toControlFrame,
  type Ack,
  type Bye,
  type ControlFrame,
  type Hello,
  type Welcome,
} from '../../../src/internal/sessionFrames.js'
import {
  socketConnect,
  socketDropped,
  socketError,
  socketMessage,
  socketOpened,
  type WithSockets,
} from '../../../src/index.js'
import { selectUnacknowledged, socketAcknowledged } from '../../../src/session/index.js'
import { advanceTime } from '../fakeTime.js'
import type { FakeConnection, FakeServer } from '../../../src/testing/index.js'
import { setupStore, type StoreOptions, type TestStore } from '../setupStore.js'

type Frame = string | ArrayBuffer

/** What the server keeps of one session. */
interface KeptSession {
  readonly key: string
  /** How many frames it has taken, and how many of these it has handled. */
  taken: number
  handled: number
  /** What it has sent, from the first frame on. */
  readonly out: Frame[]
}

export interface FakeSessionServerOptions {
  /** Whether it acknowledges each frame at once. @default false */
  acknowledges?: boolean
  /** Whether it answers `hello`. @default true */
  answers?: boolean
  /** Whether counted frames are lost on the way. @default false */
  losesFrames?: boolean
  /** Whether it leaves a socket open from which another one has taken the session. @default false */
  leavesFormer?: boolean
  /** Whether it knows `hello.end`. @default true */
  ends?: boolean
  /** Whether subscriptions and requests outlive a socket. @default true */
  keeps?: boolean
  welcome?: Partial<Pick<Welcome, 'window' | 'maxPayload' | 'rate'>>
}

/** A server with sessions in memory, on a fake network. A test says when it acknowledges. */
export interface FakeSessionServer extends FakeSessionServerOptions {
  /** The counted frames that it took, over all sockets: the oldest first. */
  readonly taken: Frame[]
  readonly hellos: Hello[]
  readonly acks: Ack[]
  readonly byes: Bye[]
  readonly session: KeptSession | undefined
  /** Sends a counted frame; without a socket it is kept. */
  readonly push: (value: unknown) => void
  /** Sends a control frame. */
  readonly control: (frame: ControlFrame) => void
  /** Acknowledges what it took, or up to a number. */
  readonly acknowledge: (number?: number) => void
  /** Ends the session: it takes nothing more, and closes with 1012 once the client has answered. */
  readonly sayBye: () => void
  /** Loses the session. `knowsEnd`: it still knows how much was handled. */
  readonly forget: (knowsEnd?: boolean) => void
}

interface State extends FakeSessionServerOptions {
  count: number
  session: KeptSession | undefined
  tombstone: number | undefined
  peer: FakeConnection | undefined
  turn: number
  isEnding: boolean
  readonly sessions: WeakMap<FakeConnection, KeptSession>
  /** How much was taken of sessions that another page has ended, by key. */
  readonly ended: Map<string, number>
  readonly taken: Frame[]
  readonly hellos: Hello[]
  readonly acks: Ack[]
  readonly byes: Bye[]
}

const send = (peer: FakeConnection | undefined, frame: Frame) => {
  if (peer?.socket.readyState === 1) peer.sendRaw(frame)
}

const newSession = <Base extends object>(state: State, base: Base) => {
  state.session = { key: `key${String(++state.count)}`, taken: 0, handled: 0, out: [] }
  return { ...base, resumed: false as const, key: state.session.key }
}

const welcome = (state: State, hello: Hello): Welcome => {
  const base = {
    is: 'welcome',
    id: 'c1',
    ttl: 120_000,
    window: { messages: 1_000, bytes: 1_048_576 },
    maxPayload: 1_048_576,
    ...state.welcome,
  } as const
  const { session, keeps = true } = state
  if (session && hello.key === session.key && hello.end && state.ends !== false) {
    state.ended.set(session.key, session.taken)
    state.session = undefined
  } else if (session && hello.key === session.key) {
    const { handled: acked, taken: received, out } = session
    return { ...base, resumed: true, acked, received, sent: out.length, kept: keeps }
  }
  const end = hello.end && state.ends !== false ? state.ended.get(hello.key!) : undefined
  if (end !== undefined) return { ...newSession(state, base), acked: end, ended: true }
  const acked = hello.key === undefined ? undefined : state.tombstone
  return { ...newSession(state, base), ...(acked !== undefined && { acked }) }
}

const onHello = (state: State, peer: FakeConnection, hello: Hello) => {
  state.hellos.push(hello)
  if (state.answers === false) return
  const former = state.peer
  const answer = welcome(state, hello)
  state.peer = peer
  state.sessions.set(peer, state.session!)
  state.isEnding = false
  if (
    (answer.resumed || hello.end) &&
    !state.leavesFormer &&
    former &&
    former !== peer &&
    former.socket.readyState === 1
  )
    former.close(4409, 'another connection')
  send(peer, toControlFrame(answer))
  if (answer.resumed) for (const frame of state.session!.out.slice(hello.received)) send(peer, frame)
}

const onFrame = (state: State, peer: FakeConnection, frame: Frame) => {
  const session = state.sessions.get(peer)
  const isOver = state.peer === peer && session !== state.session
  const isDetached = state.peer !== peer && session === state.session
  if (isControl(frame)) {
    const control = readControlFrame(frame)!
    if (control.is === 'hello') return onHello(state, peer, control)
    if (control.is === 'ack') state.acks.push(control)
    if (control.is !== 'bye') return
    state.byes.push(control)
    if (state.isEnding) return peer.close(1012, 'restart')
    send(peer, toControlFrame({ is: 'bye', received: session!.taken }))
    if (session === state.session) state.session = undefined
    return peer.close(1000)
  }
  if ((frame as unknown) === 'ping') return send(peer, 'pong')
  if (!isCounted(frame) || !session || isOver || isDetached || state.isEnding || state.losesFrames) return
  state.taken.push(frame)
  session.taken++
  if (!state.acknowledges) return
  session.handled = session.taken
  send(peer, toControlFrame({ is: 'ack', received: session.handled }))
}

/** Serves sessions on a network. */
export const serveSessions = (network: FakeServer, options: FakeSessionServerOptions = {}): FakeSessionServer => {
  const state: State = {
    ...options,
    count: 0,
    session: undefined,
    tombstone: undefined,
    peer: undefined,
    turn: 0,
    isEnding: false,
    sessions: new WeakMap(),
    ended: new Map(),
    taken: [],
    hellos: [],
    acks: [],
    byes: [],
  }
  network.onAttempt = (peer) => {
    peer.onReceived = (frame) => {
      if (codecOfSession(peer.socket.protocol) !== undefined) onFrame(state, peer, frame)
    }
  }
  return Object.assign(state, {
    push: (value: unknown) => {
      const frame = typeof value === 'string' ? value : JSON.stringify(value)
      state.session!.out.push(frame)
      send(state.peer, frame)
    },
    control: (frame: ControlFrame) => send(state.peer, toControlFrame(frame)),
    acknowledge: (number?: number) => {
      const { session } = state
      session!.handled = number ?? session!.taken
      send(state.peer, toControlFrame({ is: 'ack', received: session!.handled }))
    },
    sayBye: () => {
      state.isEnding = true
      send(state.peer, toControlFrame({ is: 'bye', received: state.session!.taken, reason: 'restart' }))
      state.session = undefined
    },
    forget: (knowsEnd?: boolean) => {
      state.tombstone = knowsEnd ? state.session?.handled : undefined
      state.session = undefined
    },
  })
}

/** A store whose connection has a session, and its server. */
export interface SessionStore extends TestStore {
  readonly server: FakeSessionServer
  /** The values that the server took, as JSON. */
  readonly took: () => unknown[]
  /** Cuts the connection. */
  readonly cut: () => Promise<void>
  /** Lets the retry happen. */
  readonly retry: () => Promise<void>
}

const textOf = (frame: Frame): string => (typeof frame === 'string' ? frame : Buffer.from(frame).toString())

/** Creates a store with the option `session`, on a network with such a server, and does not connect it. */
export const setupSessionStore = (
  options: StoreOptions = {},
  serverOptions: FakeSessionServerOptions = {},
  networkOptions: Parameters<typeof setupStore>[1] = {},
): SessionStore => {
  const store = setupStore({ session: {}, reconnect: { backoff: () => 1_000 }, ...options }, networkOptions)
  const server = serveSessions(store.network, serverOptions)
  return {
    ...store,
    server,
    took: () => server.taken.map((frame) => JSON.parse(textOf(frame)) as unknown),
    cut: async () => {
      store.network.last.cut()
      await advanceTime()
    },
    retry: async () => await advanceTime(1_000),
  }
}

/** Creates such a store and opens its connection. For tests on fake time. */
export const openSessionStore = async (...args: Parameters<typeof setupSessionStore>): Promise<SessionStore> => {
  const store = setupSessionStore(...args)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  return store
}

/** What the store has of its session. */
export const told = (store: SessionStore) => ({
  verdicts: store.recorder.of(socketOpened).map(({ payload }) => payload.session),
  dropped: store.recorder.of(socketDropped).map(({ payload: { ids, reason } }) => [reason, ...ids].join(' ')),
  acknowledged: store.recorder.of(socketAcknowledged).map(({ payload }) => payload.ids.join(' ')),
  messages: store.recorder.of(socketMessage).map(({ payload }) => payload),
  errors: store.recorder.of(socketError).map(({ payload }) => payload.code),
})

/** The ids of the sends that the state has as not acknowledged, once it is up to date. */
export const unacknowledged = async (store: SessionStore): Promise<readonly string[]> => {
  await advanceTime(16)
  return selectUnacknowledged(store.app() as unknown as WithSockets)
}
