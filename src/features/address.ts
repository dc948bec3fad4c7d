import { toUrl, type JoinUrl } from '../connection/address.js'
import { aString, checkMembers, isOptionsObject } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** Joins a base address and a path with exactly one slash. White space around the base is removed. */
export const socketEndpoint = (base: string | URL, path = '/ws'): string => {
  const [, address = '', query = ''] = /^([^?#]*)(.*)$/s.exec(String(base).trim()) ?? []
  const joined = `${address.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
  return joined + (path.includes('?') ? query.replace('?', '&') : query)
}

/** Joins a base url, a path and params. */
export const joinUrl: JoinUrl = (base, path, params = {}) => {
  const url = toUrl(path ? socketEndpoint(toUrl(base === undefined || base === '' ? '/' : base), path) : base)
  const entries = params instanceof URLSearchParams ? params : Object.entries(params as object)
  for (const [key, value] of entries as Iterable<[string, string | number | null | undefined]>) {
    if (value != null) url.searchParams.set(key, String(value))
  }
  return url
}

/** Adds the options `path` and `params` to the address. */
export const addressFeature: Feature<'path' | 'params'> = {
  options: ['path', 'params'],
  order: order.address,
  check: __DEV__
    ? ({ path, params }) =>
        checkMembers(
          { path, params },
          {
            path: aString,
            params: ['an object or a function', (value) => isOptionsObject(value) || typeof value === 'function'],
          },
        )
    : undefined,
  settings: () => ({ joinUrl }),
}
