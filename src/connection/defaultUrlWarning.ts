import { warn } from '../internal/environment.js'

// Development only: called under `__DEV__`, so that production bundles contain none of it.

const warnedOf = new Set<string>()

/** Warns once that the default address is in use: a dev server may have a socket of its own there, which opens and never answers. */
export const warnOfDefaultUrl = ({ origin, pathname }: URL): void => {
  const url = origin + pathname
  if (warnedOf.has(url)) return
  warnedOf.add(url)
  warn(
    `reduplex: no "url" was given, so the connection uses ${url}. webpack-dev-server, Create React App and Vue CLI have a WebSocket of their own at that path. Give createSocketMiddleware a "url" or a "path".`,
  )
}
