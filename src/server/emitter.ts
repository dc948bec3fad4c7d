import type { Guard } from './problems.js'

/** Named lists of listeners. */
export interface Emitter<Events extends Record<keyof Events, readonly unknown[]>> {
  /** Adds a listener; the function returned ends it. The same function may be added twice. */
  readonly on: <Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => unknown) => () => void
  /** Tells all listeners; what one throws is reported and keeps no other from hearing it. */
  readonly emit: <Name extends keyof Events>(name: Name, ...args: Events[Name]) => void
  /** Those who listen now. */
  readonly listeners: <Name extends keyof Events>(name: Name) => readonly ((...args: Events[Name]) => unknown)[]
}

/** Creates an emitter whose listeners are run under `guard`. */
export const createEmitter = <Events extends Record<keyof Events, readonly unknown[]>>(
  guard: () => Guard,
): Emitter<Events> => {
  type Listener = (...args: never) => unknown
  const lists = new Map<keyof Events, readonly { readonly listener: Listener }[]>()
  return {
    on: (name, listener) => {
      const entry = { listener }
      lists.set(name, [...(lists.get(name) ?? []), entry])
      return () => {
        const left = (lists.get(name) ?? []).filter((other) => other !== entry)
        if (left.length > 0) lists.set(name, left)
        else lists.delete(name)
      }
    },
    emit: (name, ...args) => {
      // The list is replaced, never changed: who listens or leaves meanwhile does so from the next time on.
      for (const { listener } of lists.get(name) ?? []) {
        guard()(`A listener to "${String(name)}"`, undefined, () => listener(...(args as never)))
      }
    },
    listeners: (name) => (lists.get(name) ?? []).map(({ listener }) => listener as never),
  }
}
