import { after, type Cancel } from '../internal/clock.js'
import { codedError, show } from '../internal/errors.js'
import { createProtocol } from '../features/protocol.js'
import type { ProtocolHost, SocketProtocol } from '../middleware/protocol.js'
import { sizeOf, toPlain } from '../middleware/plain.js'
import type { SocketEvents } from '../connection/types.js'
import { createRpcActions } from './actions.js'
import { createCommands } from './commands.js'
import { reduplexDialect, type RpcDialect } from './dialects.js'
import { createAnswering, type ClientMethods } from './methods.js'
import { createReceive } from './receive.js'
import { correctRehydrated } from './rehydrate.js'
import { createRequests } from './requests.js'
import { createSubscriptions } from './subscriptions.js'

/** The options of {@link jsonRpc}. */
export interface JsonRpcOptions {
  /** Functions that the server may call, by name. An unknown one is answered with −32601. @default none */
  readonly methods?: ClientMethods
  /** How the server words subscriptions and the like. @default that of `reduplex/server` */
  readonly dialect?: RpcDialect
}

const checkOptions = (options: JsonRpcOptions) => {
  const unknown = Object.keys(options).find((key) => !['methods', 'dialect'].includes(key))
  if (unknown) {
    throw codedError('invalid_option', `jsonRpc: expected "methods" and "dialect", got ${show(unknown)}.`)
  }
  for (const [name, method] of Object.entries(options.methods ?? {})) {
    if (typeof method === 'function') continue
    throw codedError('invalid_option', `jsonRpc: expected the method "${name}" to be a function, got ${show(method)}.`)
  }
}

/** One frame of a 60 Hz screen. */
const FRAME_MS = 16

/** Tells a number at most once a frame, and not at all when it is what was told last. */
const createCounter = (read: () => number, tell: (count: number) => void) => {
  let told = 0
  let cancel: Cancel | undefined
  const flush = () => {
    cancel?.()
    cancel = undefined
    if (read() !== told) tell((told = read()))
  }
  return { flush, note: () => (cancel ??= after(FRAME_MS, flush)) }
}

/** All that JSON-RPC is made of, on one connection. */
const createParts = (host: ProtocolHost, { methods = {}, dialect = reduplexDialect }: JsonRpcOptions) => {
  const actions = createRpcActions(host)
  const answering = createAnswering(host, dialect, methods)
  let asked = 0
  /** Requests of the app's own. */
  const counter = createCounter(
    () => asked,
    (pending) => host.dispatch(actions.requestsChanged({ pending })),
  )
  const count = (change: number) => {
    asked += change
    counter.note()
  }
  const requests = createRequests(host, dialect)
  const subscriptions = createSubscriptions({
    dialect,
    guard: host.guard,
    ask: requests.ask,
    active: (ids, recovered) => host.dispatch(actions.subscribed({ ids, recovered })),
    failed: (ids, error) =>
      host.dispatch(actions.subscribeFailed({ ids, error: toPlain(error, sizeOf) as typeof error })),
    stuck: ({ message }) => host.report({ code: 'unsubscribe_failed', message: `Unsubscribing failed: ${message}` }),
    deliver: (id, channel, data) => host.deliver(actions.push({ id: id ?? null, channel, data })),
    use: host.use,
  })
  correctRehydrated(host, actions, subscriptions.has)
  return { host, dialect, answering, requests, subscriptions, counter, count }
}

/**
 * JSON-RPC 2.0 for the option `protocol` of `createSocketMiddleware`: requests, notifications and subscriptions over any codec. Messages that are none of
 * it stay the app's own.
 * @throws `invalid_option`
 */
export const jsonRpc = (options: JsonRpcOptions = {}): SocketProtocol => {
  checkOptions(options)
  return createProtocol((host) => {
    const parts = createParts(host, options)
    const { requests, subscriptions, counter } = parts
    const { claims, receive, lost: stopAnswering } = createReceive(parts)
    const lost = (isOver: boolean) => {
      stopAnswering()
      subscriptions.lost()
      requests.lost(isOver)
      counter.flush()
    }
    const hear = <Type extends keyof SocketEvents>(type: Type, payload: SocketEvents[Type]) => {
      if (type === 'dropped') {
        const { reason, ids } = payload as SocketEvents['dropped']
        requests.dropped(reason, ids)
      } else if (type === 'closed') {
        const { next } = payload as SocketEvents['closed']
        lost(next === 'closed' || next === 'failed')
      } else if (type === 'failed') lost(true)
    }
    return {
      commands: createCommands(parts),
      claims,
      receive,
      resume: ({ send }) => {
        subscriptions.resume(send)
        requests.resume(send)
      },
      isBusy: () => requests.size() > 0 || subscriptions.size() > 0,
      onEvent: hear,
      dispose: () => lost(true),
    }
  })
}
