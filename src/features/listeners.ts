import type { MessageListener } from '../actions/listening.js'
import type { Guard } from '../internal/guard.js'
import type { ConnectionContext } from '../middleware/feature.js'
import { toMessageMatcher } from '../middleware/match.js'
import * as order from '../middleware/order.js'

/** The listeners of one connection. */
export interface Listeners {
  /** Adds a listener. The same rule and listener again is still called once. Returns a function that removes this one. */
  readonly add: (rule: unknown, listener: MessageListener<never>) => () => void
  /** Calls the listeners of a message, in the order of adding. Never throws. */
  readonly notify: (message: unknown) => void
}

interface Entry {
  readonly rule: unknown
  readonly listener: MessageListener<never>
  readonly matches: ((message: unknown) => boolean) | undefined
  count: number
}

/** Creates the listeners of one connection. */
const createListeners = (guard: Guard): Listeners => {
  const entries = new Set<Entry>()
  return {
    add: (rule, listener) => {
      const known = [...entries].find((entry) => entry.rule === rule && entry.listener === listener)
      const entry = known ?? { rule, listener, matches: toMessageMatcher(rule), count: 0 }
      entries.add(entry)
      entry.count++
      let isAdded = true
      return () => {
        if (isAdded && !--entry.count) entries.delete(entry)
        isAdded = false
      }
    },
    notify: (message) => {
      // A copy: a listener that is added meanwhile gets the next message, one that is removed meanwhile gets none.
      for (const entry of Array.from(entries)) {
        const { matches, listener } = entry
        if (!entries.has(entry) || (matches && !guard('socketListen', () => matches(message)))) continue
        guard('socketListen', () => listener(message as never))
      }
    },
  }
}

/** The listeners of one connection, called with every message that was delivered. */
export const listenersOf = ({ guard, hooks }: ConnectionContext): Listeners => {
  const listeners = createListeners(guard)
  hooks.attach(order.carried, { onDelivered: listeners.notify })
  return listeners
}
