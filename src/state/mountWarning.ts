import { warn } from '../internal/environment.js'

// Development only: called under `__DEV__`, so that production bundles contain none of it.

/** Where a store has the slice, if not under its usual key: reported when a selector looks for it there. */
const mount: { elsewhere?: string | undefined } = {}

/** Notes where a middleware has found the slice in its store. */
export const noteMount = (path: readonly string[]): void => {
  mount.elsewhere = path.join('.') === 'socket' ? undefined : path.join('.')
}

/** A default selector, or a default hook, found no slice under `socket`. Warns once of a slice that is mounted under another key. */
export const warnOfMount = (): void => {
  const { elsewhere } = mount
  if (elsewhere === undefined) return
  warn(
    `reduplex: socketReducer is mounted at "${elsewhere}", but the default selectors and hooks read "socket", so they report every connection as idle. Mount it as "socket", or use getSocketSelectors() and createSocketHooks({ selectSockets }).`,
  )
  mount.elsewhere = undefined
}
