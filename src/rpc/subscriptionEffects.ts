import { messageOf } from '../internal/errors.js'
import { isId } from '../internal/jsonRpc.js'
import { failure } from './failures.js'
import { ask, forget, withdrawRequest } from './requests.js'
import { reduceSubscription, type SubscriptionEffect, type SubscriptionEvent } from './subscriptionLifecycle.js'
import { reportActive, reportFailed, type ServerSubscription, type Subscriptions } from './subscriptionReports.js'
import type { RequestResult, RpcProblem } from './types.js'

// Runs the transitions of subscriptionLifecycle.ts and does what they ask for.

/** Whether a request was dropped because its connection ends. */
const isConnectionOver = ({ error }: RequestResult<unknown>): boolean =>
  error?.code === 'closed' || error?.code === 'replaced'

/** The params to subscribe with. On a later connection a holder may give others. */
const paramsOf = ({ rpc }: Subscriptions, entry: ServerSubscription): unknown => {
  const { channel, holders, last, lifecycle, params } = entry
  for (const { resume } of lifecycle.wasActive ? holders.values() : []) {
    const given = resume && rpc.guard('resume', () => resume({ channel, params, last }))
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
  if (isConnectionOver(result)) return { type: 'postpone' }
  if (error) return { type: 'refuse', error }
  try {
    const accepted = dialect.subscribed?.(answer, entry) ?? entry.channel
    const { key, recovered = false } = isId(accepted) ? { key: accepted } : accepted
    return { type: 'accept', key, answer, recovered }
  } catch (thrown) {
    return { type: 'refuse', error: failure('invalid_reply', messageOf(thrown), answer) }
  }
}

const subscribe = (subscriptions: Subscriptions, entry: ServerSubscription): void => {
  const { onReplied, rpc } = subscriptions
  const { dialect, guard } = rpc
  const topic = { channel: entry.channel, params: paramsOf(subscriptions, entry) }
  const call = guard('dialect.subscribe', () => dialect.subscribe?.(topic))
  if (!call) {
    const message = __DEV__ ? 'The dialect of this connection has no request for this subscription.' : ''
    return advance(subscriptions, entry, { type: 'refuse', error: failure('unsupported', message) })
  }
  // No timeout: the heartbeat notices a connection that is silent.
  const asked = ask(rpc, call, { timeout: Infinity }, (result) => {
    advance(subscriptions, entry, readReply(subscriptions, entry, result))
    onReplied()
  })
  entry.requestId = asked.id
}

const unsubscribe = (subscriptions: Subscriptions, entry: ServerSubscription): void => {
  const { early, rpc } = subscriptions
  const { connection, dialect, guard } = rpc
  const { key } = entry.lifecycle as { readonly key: string }
  entry.last = undefined
  early.end(key)
  const call = guard('dialect.unsubscribe', () => dialect.unsubscribe?.(key, entry))
  if (!call) return advance(subscriptions, entry, { type: 'unsubscribed' })
  const asked = ask(rpc, call, {}, (result) => {
    const { error } = result
    if (error && !isConnectionOver(result)) {
      const message = __DEV__ ? `Unsubscribing failed: ${error.message}` : error.message
      connection.events.report({ code: 'unsubscribe_failed', message })
    } else if (dialect.isShared) early.reuse(key)
    advance(subscriptions, entry, { type: 'unsubscribed' })
  })
  entry.requestId = asked.id
}

type Perform = (subscriptions: Subscriptions, entry: ServerSubscription, event: SubscriptionEvent) => void

const perform: Readonly<Record<SubscriptionEffect, Perform>> = {
  subscribe,
  unsubscribe,
  withdraw: (subscriptions, entry) => {
    if (withdrawRequest(subscriptions.rpc, entry.requestId!)) advance(subscriptions, entry, { type: 'withdrawn' })
  },
  forget: ({ rpc }, { requestId }) => forget(rpc, requestId!),
  reportActive: (subscriptions, { holders, lifecycle }, event) => {
    const { answer } = event as { readonly answer: unknown }
    reportActive(subscriptions, holders, answer, (lifecycle as { readonly recovered: boolean }).recovered)
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
