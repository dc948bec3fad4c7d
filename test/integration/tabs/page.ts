// What a page of the tests of shared sockets runs: `startSocket` for the class alone, `startStore` for a store.
import type { UnknownAction } from '@reduxjs/toolkit'
import { createSocketMiddleware, handshakeFeature, socketConnect, socketClose, socketSend } from '../../../src/index.js'
import { jsonRpc, socketRequest, socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { sessionFeature, socketAcknowledged } from '../../../src/session/index.js'
import {
  createSharedWebSocket,
  sharedSessionFeature,
  sharedSubscriptionsFeature,
  type SharedWebSocket,
} from '../../../src/tabs/index.js'
import { buildStore } from '../../support/buildStore.js'

interface Recorded {
  readonly type: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly code?: number
  readonly reason?: string
}

const events: Recorded[] = []
const messages: unknown[] = []
const actions: UnknownAction[] = []
const pushes: unknown[] = []
let socket: SharedWebSocket | undefined

const note = (type: string, more: Partial<Recorded> = {}): void => {
  events.push({ type, at: performance.timeOrigin + performance.now(), ...more })
}

/** Opens a socket, and again at once whenever it has closed. */
const startSocket = (url: string, options: Parameters<typeof createSharedWebSocket>[0] = {}): void => {
  const Class = createSharedWebSocket(options)
  const connect = (): void => {
    const next = new Class(url)
    socket = next
    next.addEventListener('open', () => note('open'))
    next.addEventListener('message', (event) => messages.push((event as MessageEvent).data))
    next.addEventListener('close', (event) => {
      const { code, reason } = event
      note('close', { code, reason })
      setTimeout(connect)
    })
  }
  connect()
}

let store: ReturnType<typeof buildStore> | undefined

interface PageStore {
  readonly heartbeat?: { readonly interval: number; readonly timeout: number }
  /** Sends `login` and waits for an answer. */
  readonly withHandshake?: boolean
  readonly withRpc?: boolean
}

const startStore = (url: string, { heartbeat, withHandshake = false, withRpc = false }: PageStore = {}): void => {
  store = buildStore({
    url,
    WebSocket: createSharedWebSocket(),
    create: createSocketMiddleware.with(handshakeFeature, sharedSubscriptionsFeature),
    accept: ['said'],
    ...(heartbeat && { heartbeat }),
    ...(withHandshake && {
      handshake: async ({ send, receive }) => {
        send({ type: 'login' })
        await receive()
      },
    }),
    ...(withRpc && { protocol: jsonRpc({ methods: { whoAreYou: () => document.title } }) }),
    middleware: [
      () => (next) => (action) => {
        const { type, payload } = action as UnknownAction & { readonly payload?: Partial<Recorded> }
        if (!type.endsWith('/changed')) actions.push(action as UnknownAction)
        if (type === 'said') messages.push(payload)
        if (type === 'socket/opened') note('open')
        if (type === 'socket/closed') note('close', { code: payload?.code ?? 0, reason: payload?.reason ?? '' })
        return next(action)
      },
    ],
  })
  void store.dispatch(socketConnect())
}

let subscription = ''

let flood: ReturnType<typeof setInterval> | undefined
let sent = 0
const acknowledged: string[] = []

/** A store whose session all tabs share. */
const startSession = (url: string): void => {
  store = buildStore({
    url,
    WebSocket: createSharedWebSocket(),
    create: createSocketMiddleware.with(sessionFeature, sharedSessionFeature),
    accept: ['said'],
    session: {},
    protocol: jsonRpc(),
    reconnect: { backoff: () => 200 },
    middleware: [
      () => (next) => (action) => {
        const { type, payload } = action as UnknownAction & { readonly payload?: unknown }
        if (type === 'said') messages.push(payload)
        else if (socketAcknowledged.match(action)) acknowledged.push(...action.payload.ids)
        else if (!/changed|send$/.test(type)) actions.push(action as UnknownAction)
        return next(action)
      },
    ],
  })
  void store.dispatch(socketConnect())
}

Object.assign(globalThis, {
  startSocket,
  startStore,
  startSession,
  startFlood: (prefix: string) => {
    flood = setInterval(() => {
      const id = `${prefix}:${sent++}`
      store?.dispatch(socketSend({ type: 'say', payload: id }, { id }))
    }, 10)
  },
  stopFlood: () => {
    clearInterval(flood)
    return sent
  },
  events: () => events,
  messages: () => messages,
  countMessages: () => messages.length,
  lastMessage: () => messages.at(-1),
  countAcknowledged: () => acknowledged.length,
  acknowledged: () => acknowledged,
  actions: () => actions,
  pushes: () => pushes,
  isHolder: () => socket?.isHolder,
  send: (...texts: string[]) => {
    for (const text of texts) socket?.send(text)
  },
  burst: (prefix: string, count: number) => {
    for (let n = 0; n < count; n++) socket?.send(`${prefix}${n}`)
  },
  kill: () => socket?.kill?.(),
  buffered: () => socket?.bufferedAmount,
  /** The page is stuck until the server answers. */
  blockUntilAnswer: () => {
    const request = new XMLHttpRequest()
    request.open('POST', '/node', false)
    request.send(JSON.stringify({ method: 'unblock', args: [] }))
  },
  sendAction: (value: unknown) => void store?.dispatch(socketSend(value)),
  closeStore: async () => await store?.dispatch(socketClose()),
  request: async (method: string, params: unknown) => await store?.dispatch(socketRequest(method, params)),
  subscribe: (channel: string) => {
    subscription =
      store?.dispatch(
        socketSubscribe(channel, undefined, { shared: true, listener: (data: unknown) => void pushes.push(data) }),
      ) ?? ''
  },
  unsubscribe: () => {
    store?.dispatch(socketUnsubscribe(subscription))
  },
  state: () => store?.state(),
  setTitle: (title: string) => {
    document.title = title
  },
})

// In a worker: calls come as messages.
if (!('document' in globalThis)) {
  addEventListener('message', (event) => {
    const { data, ports } = event as MessageEvent<[string, unknown[]]>
    const [name, args] = data
    const functions = globalThis as unknown as Record<string, (...all: unknown[]) => unknown>
    void Promise.resolve(functions[name]?.(...args)).then((result) => ports[0]?.postMessage(result))
  })
}
