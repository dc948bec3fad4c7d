import type { MiddlewareAPI } from '@reduxjs/toolkit'
import { warn } from '../internal/environment.js'
import { noteMount } from '../state/mountWarning.js'
import { findPath } from './stateSync.js'

// Development only: called under `__DEV__`, so that production bundles contain none of it.

/** The names of the connections in one store. */
const namesIn = new WeakMap<object, Set<string>>()

/**
 * Warns of a second middleware with the same connection name in one store: both would take each other's commands. Returns a function that gives the name
 * free again.
 */
export const warnOfSameName = (api: MiddlewareAPI, name: string): (() => void) => {
  const names = namesIn.get(api) ?? new Set<string>()
  namesIn.set(api, names)
  if (names.has(name)) {
    warn(
      `reduplex: the store has two socket middlewares for the connection "${name}". Give one of them its own actions: createSocketMiddleware({ actions: createSocketActions('other') }).`,
    )
  }
  names.add(name)
  return () => names.delete(name)
}

/** Returns functions that warn once each. */
export const createWarnings = (name: string) => {
  const told = new Set<string>()
  let hasLooked = false
  const warnOnce = (text: string) => {
    if (!told.has(text)) warn(text)
    told.add(text)
  }
  return {
    /** Looks once for the slice of a connection that is in use. */
    findMount: (state: unknown): void => {
      if (hasLooked) return
      hasLooked = true
      const path = findPath(state, name, new WeakSet())
      if (path) return noteMount(path)
      warnOnce(
        `reduplex: socketReducer is not in the store, so selectors report the connection "${name}" as idle. Add reducer: { socket: socketReducer }.`,
      )
    },
    /** A send came before any connect. `delivery` is its result. */
    sentBeforeConnect: (delivery: string): void =>
      warnOnce(
        `reduplex: a message was sent before any socketConnect() on the connection "${name}", so it was ${delivery}. Dispatch socketConnect(), or connect at the first send with idleFeature and { lazy: true }.`,
      ),
  }
}
