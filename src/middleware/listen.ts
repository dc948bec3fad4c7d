import type { ListenPayload } from '../actions/listening.js'
import type { ConnectionContext } from './feature.js'
import * as order from './order.js'
import { createListeners } from './listeners.js'
import { createReceivers } from './receivers.js'

// What `socketListen` and `socketReceive` bring along. Stores that import neither do not carry it.

const listenersOf = ({ guard, hooks }: ConnectionContext) => {
  const listeners = createListeners(guard)
  hooks.attach(order.carried, { onDelivered: listeners.tell })
  return listeners
}

const receiversOf = ({ connection, hooks, part, taskQueue }: ConnectionContext) => {
  const receivers = createReceivers(part(listenersOf), connection.phase, taskQueue.enqueue)
  hooks.attach(order.carried, {
    onEvent: ({ type, payload }) => receivers.hear(type, payload),
    onClosing: receivers.endWaiting,
    onDispose: receivers.end,
  })
  return receivers
}

/** Carries out `socketListen`. */
export const runListen = (context: ConnectionContext, { rule, listener }: ListenPayload) => {
  if (context.isDisposed()) return () => {}
  const unsubscribe = context.part(listenersOf).add(rule, listener!)
  context.connection.use()
  return unsubscribe
}

/** Carries out `socketReceive`. */
export const runReceive = (context: ConnectionContext, { rule, options }: ListenPayload) => {
  const receivers = context.part(receiversOf)
  if (!context.isDisposed()) return receivers.add(rule, context.connection.use, options)
  const messages = receivers.add(undefined, () => false)
  receivers.end()
  return messages
}
