import type { MessageListener } from '../actions/listening.js'
import type { Guard } from '../internal/guard.js'
import { toMessageMatcher } from './match.js'

/** Who hears messages, with the rules that say which. */
export interface Listeners {
  /** Hears what comes from now on. The same rule and listener again is no second hearing. Returns a function that ends this one. */
  readonly add: (rule: unknown, listener: MessageListener<never>) => () => void
  /** Tells a message, in the order of adding; never throws. */
  readonly tell: (message: unknown) => void
}

interface Entry {
  readonly rule: unknown
  readonly listener: MessageListener<never>
  readonly matches: ((message: unknown) => boolean) | undefined
  holders: number
}

/** Creates the listeners of one connection. */
export const createListeners = (guard: Guard): Listeners => {
  const entries = new Set<Entry>()
  const find = (rule: unknown, listener: unknown) => {
    for (const entry of entries) if (entry.rule === rule && entry.listener === listener) return entry
    return undefined
  }
  return {
    add: (rule, listener) => {
      const entry = find(rule, listener) ?? { rule, listener, matches: toMessageMatcher(rule), holders: 0 }
      entries.add(entry)
      entry.holders++
      let isHeld = true
      return () => {
        if (isHeld && !--entry.holders) entries.delete(entry)
        isHeld = false
      }
    },
    tell: (message) => {
      // Those of now: who is added by a listener hears the next message, who is ended by one hears no more.
      for (const entry of Array.from(entries)) {
        const { matches, listener } = entry
        if (
          !entries.has(entry) ||
          (matches && !guard(__DEV__ ? 'A rule of "socketListen"' : '', () => matches(message)))
        )
          continue
        guard(__DEV__ ? 'A listener of "socketListen"' : '', () => listener(message as never))
      }
    },
  }
}
