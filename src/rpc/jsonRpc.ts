import { nanoid } from '@reduxjs/toolkit'
import type { ConnectionEvent, Link } from '../connection/hooks.js'
import { createValueSender } from '../features/valueSender.js'
import { codedError, show } from '../internal/errors.js'
import { entryPatch } from '../middleware/entryPatch.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { createSenders } from '../middleware/outbound.js'
import type { SocketProtocol } from '../middleware/protocol.js'
import { reduplexDialect, type RpcDialect } from './dialects.js'
import { resumeRequests } from './directSends.js'
import { takeEarlyReply } from './earlyReplies.js'
import { claimMessage } from './incoming.js'
import { stopServing } from './methods.js'
import { createPendingCount } from './pendingCount.js'
import { createRequestWindow } from './requestWindow.js'
import { endDropped, endLost } from './requests.js'
import { rpcSlot, type ClientMethods, type Rpc } from './rpc.js'

/** How many requests of the window may be unanswered at a time: servers refuse more than they allow, the companion server above 100. */
const MAX_UNANSWERED = 20

/** The options of {@link jsonRpc}. */
export interface JsonRpcOptions {
  /** Functions that the server may call, by name. Unknown names are replied with −32601. @default none */
  readonly methods?: ClientMethods
  /** How the server words subscriptions, pushes and cancelling. @default reduplexDialect */
  readonly dialect?: RpcDialect
}

/** Throws `invalid_option`. Development only. */
const checkJsonRpcOptions = (options: JsonRpcOptions): void => {
  const unknown = Object.keys(options).find((key) => !['methods', 'dialect'].includes(key))
  if (unknown) {
    throw codedError('invalid_option', `jsonRpc: expected "methods" and "dialect", got ${show(unknown)}.`)
  }
  for (const [name, method] of Object.entries(options.methods ?? {})) {
    if (typeof method === 'function') continue
    throw codedError('invalid_option', `jsonRpc: expected the method "${name}" to be a function, got ${show(method)}.`)
  }
}

const createRpc = (context: FeatureContext, { dialect = reduplexDialect, methods = {} }: JsonRpcOptions): Rpc => {
  const { connection, isDisposed, pipeline } = context
  const send = createSenders(connection, pipeline.mayChange)(pipeline.encode)
  const rpc: Rpc = {
    ...context,
    dialect,
    methods,
    serving: new Set(),
    send: (value, options) => {
      const { id = '' } = options ?? {}
      return isDisposed() ? connection.events.refuse('closed', id) : send(value, options)
    },
    prefix: `rpc:${nanoid(6)}:`,
    pending: new Map(),
    count: createPendingCount(context),
    lastId: 0,
    lastDirect: 0,
    lostCount: 0,
    isOnline: false,
    direct: undefined,
    receiver: undefined,
    window: createRequestWindow(MAX_UNANSWERED, () => rpc.isOnline),
  }
  return rpc
}

/** A new socket is ready for requests: subscribes again, and repeats requests. Returns a promise while something is still being encoded. */
const resume = (rpc: Rpc, link: Link): Promise<unknown> | undefined => {
  const { send, sending } = createValueSender(link, rpc.pipeline.encode)
  rpc.isOnline = true
  rpc.direct = send
  rpc.receiver?.resume()
  resumeRequests(rpc)
  rpc.direct = undefined
  return sending.length ? Promise.allSettled(sending) : undefined
}

/** The socket is gone. With `isOver` no other follows. */
const onLost = (rpc: Rpc, isOver: boolean): void => {
  rpc.isOnline = false
  rpc.lostCount++
  rpc.lastDirect = 0
  stopServing(rpc)
  rpc.receiver?.onLost()
  endLost(rpc, isOver)
}

const onEvent = (rpc: Rpc, { type, payload }: ConnectionEvent): void => {
  if (type === 'dropped') endDropped(rpc, payload)
  if (type !== 'closed' && type !== 'failed') return
  onLost(rpc, type === 'failed' || payload.next === 'closed' || payload.next === 'failed')
  rpc.count.flush(rpc.part(entryPatch))
}

const attachRpc = (context: FeatureContext, options: JsonRpcOptions): FeatureHooks => {
  const rpc = createRpc(context, options)
  const { count, guard, part, pending } = rpc
  part(rpcSlot).rpc = rpc
  // A state that was restored may have requests, subscriptions and streams (of reduplex/query) of another page load.
  part(entryPatch)({ subscriptions: {}, pendingRequests: 0, streams: undefined })
  return {
    onFrame: (frame) => takeEarlyReply(rpc, frame),
    claim: (message) => guard('dialect', () => claimMessage(rpc, message)),
    resume: (link) => resume(rpc, link),
    isBusy: () => pending.size > 0 || rpc.receiver?.isBusy() === true,
    onEvent: (event) => onEvent(rpc, event),
    onDispose: () => {
      onLost(rpc, true)
      count.flush()
    },
  }
}

/**
 * JSON-RPC 2.0 for the option `protocol` of `createSocketMiddleware`: requests, notifications and subscriptions over any codec. Messages that do not belong to
 * it stay the app's. See docs/rpc.md.
 * @throws `invalid_option` for an unknown option, or a method that is not a function; in development
 */
export const jsonRpc = (options: JsonRpcOptions = {}): SocketProtocol => {
  if (__DEV__) checkJsonRpcOptions(options)
  const feature: Feature<'protocol'> = {
    options: ['protocol'],
    order: order.protocol,
    create: (context) => attachRpc(context, options),
  }
  return { feature }
}
