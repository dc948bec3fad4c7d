import { messageOf } from '../internal/errors.js'
import type { RpcCall, RpcId } from '../internal/jsonRpc.js'
import type { Acceptance } from './dialects.js'
import { failure, retryDelayOf } from './failures.js'
import { takePush } from './incoming.js'
import { keyOf } from './messages.js'
import { ask, forget, withdrawRequest } from './requests.js'
import type { OnEnd } from './rpc.js'
import type { SendRequest } from './requestWindow.js'
import { reduceSubscription, type SubscriptionEffect, type SubscriptionEvent } from './subscriptionLifecycle.js'
import { reportActive, reportFailed, type ServerSubscription, type Subscriptions } from './subscriptionReports.js'
import type { RequestOptions, RequestResult, RpcProblem } from './types.js'

// Runs the transitions of subscriptionLifecycle.ts and does what they ask for.

type Perform = (subscriptions: Subscriptions, entry: ServerSubscription, event: SubscriptionEvent) => void

/** Whether a request was dropped because its connection ends. A server may have the same words for its own errors. */
const isConnectionOver = ({ request }: ServerSubscription, { error }: RequestResult<unknown>): boolean =>
  !!request!.wasDropped && /^(closed|replaced)$/.test(error?.code as string)

/** The params to subscribe with. On a later connection a holder may give others. */
const paramsOf = ({ rpc }: Subscriptions, entry: ServerSubscription): unknown => {
  const { answer, channel, holders, last, lifecycle, params } = entry
  for (const { resume } of lifecycle.wasActive ? holders.values() : []) {
    const given = resume && rpc.guard('resume', () => resume({ channel, params, last, answer }))
    if (given !== undefined) return given
  }
  return params
}

/** What the reply to a subscription means. */
const readReply = (
  { rpc: { dialect } }: Subscriptions,
  entry: ServerSubscription,
  result: RequestResult<unknown>,
): SubscriptionEvent => {
  const { data: answer, error } = result
  if (isConnectionOver(entry, result)) return { type: 'postpone' }
  if (error) return { type: 'refuse', error }
  try {
    const accepted = dialect.subscribed?.(answer, entry, entry.request!.id) ?? entry.channel
    // A key alone has no such members.
    const { key = accepted as RpcId, recovered = false, ...rest } = Object(accepted) as Partial<Acceptance>
    return { ...rest, type: 'accept', key: keyOf(key), answer, recovered }
  } catch (thrown) {
    return { type: 'refuse', error: failure('invalid_reply', messageOf(thrown), answer) }
  }
}

/** Sends a request for a subscription when the window has room for it, and again later while the server refuses it for now. */
const send = (
  { onReplied, rpc }: Subscriptions,
  entry: ServerSubscription,
  call: RpcCall<RpcId>,
  options: RequestOptions,
  onEnd: OnEnd,
  firstDelay?: number,
): void => {
  const { window } = rpc
  let refusals = 0
  const onReply: OnEnd = (result) => {
    const { isWanted, status } = entry.lifecycle
    const delay = retryDelayOf(result, ++refusals)
    window.leave(entry)
    if (delay !== undefined && (isWanted || status === 'unsubscribing')) window.enter(entry, sendNow, delay)
    else onEnd(result)
    onReplied()
  }
  const sendNow: SendRequest = (known) => {
    if (known) onReply(known)
    else entry.request = ask(rpc, call, options, onReply).request
  }
  window.enter(entry, sendNow, firstDelay)
}

const subscribe: Perform = (subscriptions, entry, cause) => {
  const { rpc } = subscriptions
  const { dialect, guard } = rpc
  const { at, channel, lifecycle } = entry
  const topic = { channel, params: paramsOf(subscriptions, entry), since: lifecycle.wasActive ? at : undefined }
  const call = guard('dialect.subscribe', () => dialect.subscribe?.(topic))
  if (!call) {
    const message = __DEV__ ? 'The dialect of this connection has no request for this subscription.' : ''
    return advance(subscriptions, entry, { type: 'refuse', error: failure('unsupported', message) })
  }
  // No timeout: the heartbeat notices a connection that is silent.
  const onEnd: OnEnd = (result) => {
    const event = readReply(subscriptions, entry, result)
    if (event.type === 'accept') entry.at = event.at
    advance(subscriptions, entry, event)
    if (event.type !== 'accept') return
    const { answer, key, pushes = [] } = event
    entry.answer = answer
    for (const data of pushes) guard('receive', () => takePush(rpc, { key, data }))
  }
  const delay = cause.type === 'interrupt' ? retryDelayOf(cause, 1) : undefined
  send(subscriptions, entry, call, { timeout: Infinity }, onEnd, delay)
}

const unsubscribe = (subscriptions: Subscriptions, entry: ServerSubscription): void => {
  const { early, rpc } = subscriptions
  const { connection, dialect, guard } = rpc
  const { key } = entry.lifecycle as { readonly key: string }
  entry.last = entry.answer = undefined
  early.end(key)
  const call = guard('dialect.unsubscribe', () => dialect.unsubscribe?.(key, entry))
  if (!call) return advance(subscriptions, entry, { type: 'unsubscribed' })
  send(subscriptions, entry, call, {}, (result) => {
    const { error } = result
    if (error && !isConnectionOver(entry, result)) {
      const message = __DEV__ ? `Unsubscribing failed: ${error.message}` : error.message
      connection.events.report({ code: 'unsubscribe_failed', message })
    } else if (dialect.isShared) early.reuse(key)
    advance(subscriptions, entry, { type: 'unsubscribed' })
  })
}

const perform: Readonly<Record<SubscriptionEffect, Perform>> = {
  subscribe,
  unsubscribe,
  withdraw: (subscriptions, entry) => {
    const { rpc } = subscriptions
    if (!rpc.window.withdraw(entry)) {
      if (!withdrawRequest(rpc, entry.request!)) return
      rpc.window.leave(entry)
    }
    advance(subscriptions, entry, { type: 'withdrawn' })
  },
  forget: ({ rpc }, entry) => {
    if (!rpc.window.withdraw(entry)) forget(rpc, entry.request!)
    rpc.window.leave(entry)
  },
  reportActive: (subscriptions, entry, event) => {
    const { answer } = event as { readonly answer: unknown }
    const { recovered } = entry.lifecycle as { readonly recovered: boolean }
    reportActive(subscriptions, entry, entry.holders, answer, recovered)
  },
  reportFailed: (subscriptions, entry, event) =>
    reportFailed(subscriptions, entry, (event as { readonly error: RpcProblem }).error),
}

/** Something has happened to a subscription. */
export const advance = (subscriptions: Subscriptions, entry: ServerSubscription, event: SubscriptionEvent): void => {
  const { byKey, byName } = subscriptions
  const before = entry.lifecycle
  const [after, effects] = reduceSubscription(before, event)
  entry.lifecycle = after
  if (before.status !== after.status) {
    // Some servers give two subscriptions the same key.
    if (before.status === 'active' && byKey.get(before.key) === entry) byKey.delete(before.key)
    if (after.status === 'active') byKey.set(after.key, entry)
  }
  for (const effect of effects) perform[effect](subscriptions, entry, event)
  // A callback of the app may have changed it meanwhile.
  if (!entry.holders.size && entry.lifecycle.status === 'idle') byName.delete(entry.name)
}
