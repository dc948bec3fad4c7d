import { nanoid } from '@reduxjs/toolkit'
import { after, type Cancel } from '../internal/clock.js'
import { codedError, show } from '../internal/errors.js'
import { isPending } from '../internal/lane.js'
import type { Protocol, ProtocolCommand, ProtocolFactory, ProtocolHost } from '../middleware/protocol.js'
import { sizeOf, toPlain } from '../middleware/plain.js'
import type { SendOptions, SocketEvents } from '../socket/types.js'
import { createRpcActions, type CallPayload, type SubscribePayload } from './actions.js'
import { reduplexDialect, type RpcDialect, type ServerPush } from './dialects.js'
import { createHandle } from './handle.js'
import { isObject, isReply, isRequest, notificationOf } from './messages.js'
import { createAnswering, type Answering, type ClientMethods } from './methods.js'
import { correctRehydrated } from './rehydrate.js'
import { befallen, createRequests, type Asked } from './requests.js'
import { createSubscriptions } from './subscriptions.js'
import type { RequestOptions, RequestResult, RpcReply } from './types.js'

/** The options of {@link jsonRpc}. */
export interface JsonRpcOptions {
  /** Functions that the server may call, by name. An unknown one is answered with −32601. @default none */
  readonly methods?: ClientMethods
  /** How the server words subscriptions and the like. @default that of `reduplex/server` */
  readonly dialect?: RpcDialect
}

const checkOptions = (options: JsonRpcOptions) => {
  const unknown = Object.keys(options).find((key) => key !== 'methods' && key !== 'dialect')
  if (unknown) throw codedError('invalid_option', `jsonRpc: expected "methods" and "dialect", got ${show(unknown)}.`)
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

/** Which messages are of the protocol, and what they are. Pure. */
const createRecogniser = (dialect: RpcDialect, { has }: Pick<Answering, 'has'>) => {
  const pushIn = (message: unknown): ServerPush | undefined => (isObject(message) ? dialect.push?.(message) : undefined)
  const isCancel = (message: unknown) => dialect.cancel && notificationOf(message, dialect) === dialect.cancel(0).method
  const isHeard = (message: unknown) => {
    const method = notificationOf(message, dialect)
    return method !== undefined && has(method)
  }
  const isOurs = (message: unknown): boolean =>
    isReply(message, dialect) ||
    isRequest(message, dialect) ||
    pushIn(message) !== undefined ||
    isHeard(message) ||
    isCancel(message) === true
  return {
    pushIn,
    isCancel,
    claims: (message: unknown) =>
      Array.isArray(message) ? message.length > 0 && message.every(isOurs) : isOurs(message),
  }
}

/** A command as the reducers see it: marked, plain, without what cannot be. */
const seen = ({ type, payload, meta }: ProtocolCommand, more: object): ProtocolCommand => {
  const { signal: _signal, ...rest } = meta as ProtocolCommand['meta'] & RequestOptions
  return { type, payload: toPlain(payload, sizeOf), meta: { ...rest, ...more } }
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
    ask: requests.ask,
    active: (ids) => host.dispatch(actions.subscribed({ ids })),
    failed: (ids, error) =>
      host.dispatch(actions.subscribeFailed({ ids, error: toPlain(error, sizeOf) as typeof error })),
    stuck: ({ message }) => host.report({ code: 'unsubscribe_failed', message: `Unsubscribing failed: ${message}` }),
    deliver: (id, channel, data) => host.deliver(actions.push({ id: id ?? null, channel, data })),
    use: host.use,
  })
  correctRehydrated(host, actions, subscriptions.has)
  return { dialect, answering, requests, subscriptions, counter, count }
}

type Parts = ReturnType<typeof createParts>

const createCommands = (host: ProtocolHost, { requests, subscriptions, count }: Parts): Protocol['commands'] => {
  const seed = nanoid(6)
  let made = 0
  const tell = (next: (action: ProtocolCommand) => unknown, action: ProtocolCommand) =>
    host.guard(`Dispatching "${action.type}"`, () => next(action))
  const ask = (command: ProtocolCommand, told: (asked: Asked | undefined) => void) => {
    const { method, params } = command.payload as CallPayload
    const options = command.meta as RequestOptions
    let asked: Asked | undefined
    const promise = new Promise<RequestResult<unknown>>((resolve) => {
      if (options.signal?.aborted) return resolve({ error: befallen.aborted() })
      count(1)
      asked = requests.ask({ method, params }, options, (result) => {
        count(-1)
        resolve(result)
      })
    })
    told(asked)
    return createHandle(promise, () => asked?.giveUp(befallen.aborted()))
  }
  return {
    request: (command, next) =>
      ask(command, (asked) => tell(next, seen(command, asked?.delivery ?? { delivery: 'dropped' }))),
    notify: (command, next) => {
      const { method, params } = command.payload as CallPayload
      const result = requests.notify({ method, params }, command.meta as SendOptions)
      tell(next, seen(command, result))
      return result
    },
    subscribe: (command, next) => {
      const { channel, params } = command.payload as SubscribePayload
      const id = `${seed}:${String(++made)}`
      tell(next, seen(command, { id, delivery: 'handled' }))
      subscriptions.add(id, { channel, params })
      return id
    },
    unsubscribe: (command, next) => {
      tell(next, seen(command, { delivery: 'handled' }))
      subscriptions.remove(command.payload as string)
    },
  }
}

/** Takes messages of the protocol, one by one or in a batch. */
const createReceive = (host: ProtocolHost, { dialect, answering, requests, subscriptions }: Parts) => {
  const { pushIn, isCancel, claims } = createRecogniser(dialect, answering)
  let sockets = 0

  const settle = (reply: RpcReply) => {
    if (requests.settle(reply)) return
    const { id, error } = reply
    const said = isObject(error) ? String(error['message']) : show(error)
    const message =
      id === null
        ? `The server could not read a message: ${said}`
        : `The server answered ${show(id)}, which was never asked.`
    host.report({ code: 'unexpected_reply', message })
  }
  /** The answer to one message; most have none. */
  const take = (message: unknown, plain: (value: unknown) => unknown): ReturnType<Answering['answer']> => {
    if (isReply(message, dialect)) settle(message)
    else if (isRequest(message, dialect)) return answering.answer(message)
    else {
      const push = pushIn(message)
      const { method, params } = message as CallPayload
      if (push) subscriptions.push({ ...push, data: plain(push.data) })
      else if (isCancel(message)) answering.cancel((params as { id?: unknown } | null | undefined)?.id)
      else answering.hear(method, params)
    }
    return undefined
  }
  const post = (answer: unknown) => {
    // An answer is for the socket that asked.
    if (host.status() === 'open') host.send(answer, { whenOffline: 'drop' })
  }
  const takeBatch = async (messages: readonly unknown[], plain: (value: unknown) => unknown) => {
    const before = sockets
    const answers = await Promise.all(messages.map(async (message) => await take(message, plain)))
    const said = answers.filter((answer) => answer !== undefined)
    if (said.length && before === sockets) post(said)
  }
  return {
    claims,
    lost: () => {
      sockets++
      answering.lost()
    },
    receive: (message: unknown, plain: (value: unknown) => unknown) => {
      if (Array.isArray(message)) {
        void takeBatch(message, plain)
        return
      }
      const answer = take(message, plain)
      if (isPending(answer)) void answer.then((there) => there && post(there))
      else if (answer) post(answer)
    },
  }
}

/**
 * JSON-RPC 2.0 for the option `protocol` of `createSocketMiddleware`: requests, notifications and subscriptions over any codec. Messages that are none of
 * it stay the app's own.
 * @throws `invalid_option`
 */
export const jsonRpc = (options: JsonRpcOptions = {}): ProtocolFactory => {
  checkOptions(options)
  return (host) => {
    const parts = createParts(host, options)
    const { requests, subscriptions, counter } = parts
    const { claims, receive, lost: stopAnswering } = createReceive(host, parts)
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
      commands: createCommands(host, parts)!,
      claims,
      receive,
      resume: ({ send }) => {
        subscriptions.resume(send)
        requests.resume(send)
      },
      isBusy: () => requests.size() > 0 || subscriptions.size() > 0,
      hear,
      dispose: () => lost(true),
    }
  }
}
