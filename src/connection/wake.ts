import { isPageVisible, onPage } from '../internal/environment.js'
import type { Cancel } from '../internal/clock.js'

/** What a connection hears of the page and the machine it lives on. */
export interface WakeListener {
  /** Online again, visible again, or shown again: a good moment to dial, or to ask whether the peer is still there. */
  readonly wake: () => void
  /** The network is gone: no use dialling. */
  readonly offline: () => void
  /** The page goes into the back-forward cache: an open socket would keep it out. */
  readonly freeze: () => void
  /** It is back out of it. */
  readonly thaw: () => void
}

/** Listens to the page; does nothing where there is none. Returns a function that ends it. */
export const watchPage = ({ wake, offline, freeze, thaw }: WakeListener): Cancel => {
  let isFrozen = false
  const show = () => {
    if (isFrozen) thaw()
    else wake()
    isFrozen = false
  }
  const stops = [
    onPage('online', () => {
      // A dial now would keep the page out of the cache.
      if (!isFrozen) wake()
    }),
    onPage('offline', offline),
    onPage('pageshow', ({ persisted }) => {
      if (persisted) show()
    }),
    onPage('pagehide', ({ persisted }) => {
      if (!persisted) return
      isFrozen = true
      freeze()
    }),
    onPage('visibilitychange', () => {
      if (isPageVisible()) show()
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
