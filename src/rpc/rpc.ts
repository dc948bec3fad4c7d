import type { Action } from '@reduxjs/toolkit'
import { codedError, show } from '../internal/errors.js'
import type { RpcCall, RpcId } from '../internal/jsonRpc.js'
import type { MaybePromise } from '../internal/maybePromise.js'
import type { CommandAction, ConnectionContext, FeatureContext } from '../middleware/feature.js'
import type { Sender } from '../middleware/outbound.js'
import type { RpcDialect, ServerEnd, ServerMissed, ServerPush, Topic } from './dialects.js'
import type { WireCall } from './messages.js'
import type { PendingCount } from './pendingCount.js'
import type { RequestWindow } from './requestWindow.js'
import type { RequestResult } from './types.js'

/** What a method is given beside its params. */
export interface MethodContext {
  /** Dispatches an action, after the message that is being received. */
  readonly dispatch: (action: Action) => void
  /** The store's state. */
  readonly getState: () => unknown
  /** Aborted when the server cancels the request, or when the socket is gone. */
  readonly signal: AbortSignal
}

/**
 * A function that the server may call. What it returns, or resolves with, is the reply. An Error whose `code` is an integer is replied as
 * `{ code, message, data? }`; any other is replied as −32603 without details, and reported as a `socketError`.
 */
export type ClientMethod = (params: never, context: MethodContext) => unknown

/** The functions that the server may call, by name. */
export type ClientMethods = Readonly<Record<string, ClientMethod>>

/** Called once, when a request has ended. */
export type OnEnd = (result: RequestResult<unknown>) => void

/** Sends a value at once, past the queue. Throws, or rejects with, what the codec throws. */
export type DirectSend = (value: unknown) => MaybePromise<void>

/** A request that waits for its reply. */
export interface PendingRequest {
  /** Its number on the wire. It changes when larger numbers go out before it: some servers expect numbers that rise. */
  id: number
  /** Its `id` is changed with that number, in place: the queue may keep a function that encodes this object again. */
  readonly message: WireCall
  /** The id of the send that carries it. The requests of a batch have the same. */
  sendId: string
  /** Whether it is sent again on the next connection. */
  readonly mayRepeat: boolean
  readonly onEnd: OnEnd
  /** Stops the timeout and removes the listener of the signal. */
  readonly release: () => void
  /** The send was taken out of the queue because this request is over: sends the rest of its batch again. */
  onTakenBack?: ((message: RpcCall<RpcId>) => void) | undefined
  /** Whether it has ended, or was taken back. */
  isOver: boolean
  /** Whether it was dropped before it was sent, so that its result is not the server's. */
  wasDropped?: boolean
  /** Whether it was sent by a handshake, so that its reply may arrive before the connection is ready. */
  readonly isEarly?: boolean
}

/** A push whose key can be compared. */
export interface KeyedPush extends ServerPush {
  readonly key: RpcId | undefined
}

/** The subscriptions of a connection, as far as `jsonRpc()` knows them. They attach themselves with the first `socketSubscribe`. */
export interface PushReceiver {
  /** The server pushed something; `data` is plain. */
  readonly onPush: (push: KeyedPush) => void
  /** The server ended a subscription. */
  readonly onEnded: (end: ServerEnd) => void
  /** The server has missed pushes: for the connection (`true`), or for one subscription. */
  readonly onMissed: (missed: true | ServerMissed) => void
  /** The socket is gone. */
  readonly onLost: () => void
  /** The server may be asked again; what is asked now goes out before the queue. */
  readonly resume: () => void
  /** Whether there are any. */
  readonly isBusy: () => boolean
  /** The active ones, by the key that the server gave. */
  readonly byKey: ReadonlyMap<RpcId, Topic>
}

/** What one tab of several takes: a push by its key, a request by its method, a reply by its id. */
export interface ForTabs {
  readonly key?: ServerPush['key']
  readonly method?: unknown
  readonly id?: unknown
}

/** JSON-RPC on one connection of one store. */
export interface Rpc extends FeatureContext {
  readonly dialect: RpcDialect
  /** The functions that the server may call. */
  readonly methods: ClientMethods
  /** The requests of the server that they are serving. A set: a server may give two requests the same id. */
  readonly serving: Set<{ readonly id: RpcId; readonly abort: () => void }>
  /** Sends a value past the app's schema. */
  readonly send: Sender
  /** Begins the ids of sends and subscriptions: no two connections or page loads have the same. */
  readonly prefix: string
  /** The requests that wait for a reply, in the order of asking. */
  readonly pending: Map<number, PendingRequest>
  readonly count: PendingCount
  lastId: number
  /** The largest number that has gone out, or is about to, by the time the connection is ready; 0 for none. */
  lastDirect: number
  /** How many sockets were lost. */
  lostCount: number
  /** Whether subscriptions may be sent: from `resume` until the socket is gone. */
  isOnline: boolean
  /** Set while the connection resumes: what is asked then goes out before the queue. */
  direct: DirectSend | undefined
  receiver: PushReceiver | undefined
  /** On a socket that tabs share: whether a reply, a request of the server, or a push that no subscription of this tab takes, is for another tab. */
  isForeign?: (message: ForTabs) => boolean
  /** Requests of which many are sent at once: those that subscribe and unsubscribe, and those that are sent again on a new connection. */
  readonly window: RequestWindow
}

/** Where `jsonRpc()` puts the {@link Rpc} of a connection, for the commands that carry their code. */
export const rpcSlot = (): { rpc: Rpc | undefined } => ({ rpc: undefined })

/** The {@link Rpc} of the connection of a command. Throws `no_protocol` when the connection has none. */
export const rpcOf = ({ name, part }: ConnectionContext, { type }: CommandAction): Rpc => {
  const { rpc } = part(rpcSlot)
  if (rpc) return rpc
  const message = __DEV__
    ? `${show(type)} needs JSON-RPC, and the connection ${show(name)} does not speak it: give createSocketMiddleware the option protocol: jsonRpc().`
    : ''
  throw codedError('no_protocol', message)
}
