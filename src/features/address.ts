import { toUrl, type JoinUrl } from '../connection/address.js'
import { codedError, show } from '../internal/errors.js'
import { aString, checkMembers, isOptionsObject } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** Joins a base address and a path with exactly one slash. White space around the base is removed. See docs/options.md. */
export const socketEndpoint = (base: string | URL, path = '/ws'): string => {
  const [, address = '', query = ''] = /^([^?#]*)(.*)$/s.exec(String(base).trim()) ?? []
  const joined = `${address.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
  return joined + (path.includes('?') ? query.replace('?', '&') : query)
}

const isParams = (value: unknown): boolean =>
  value instanceof URLSearchParams ||
  (isOptionsObject(value) && Object.prototype.toString.call(value) === '[object Object]')

const invalidParams = (expected: string): Error => codedError('invalid_url', __DEV__ ? `Expected ${expected}.` : '')

/** The text of a parameter; that of a Date is ISO 8601. */
const toText = (key: string, value: unknown): string => {
  const text = (value as Partial<Date>).toJSON?.() ?? value
  // Production refuses only objects.
  if (!__DEV__ && typeof text === 'object') throw invalidParams('')
  if (__DEV__ && !(typeof text === 'number' ? Number.isFinite(text) : /^(string|boolean|bigint)$/.test(typeof text))) {
    throw invalidParams(`the parameter "${key}" to be a text, a finite number, a boolean or a date, got ${show(text)}`)
  }
  return String(text)
}

/** Joins a base url, a path and params. */
export const joinUrl: JoinUrl = (base, path, params = {}) => {
  const url = toUrl(path ? socketEndpoint(toUrl(base === undefined || base === '' ? '/' : base), path) : base)
  if (__DEV__ && !isParams(params))
    throw invalidParams(`"params" to be an object or URLSearchParams, got ${show(params)}`)
  const entries = params instanceof URLSearchParams ? params : Object.entries(params as object)
  // URLSearchParams may repeat a key.
  const given = new Set<string>()
  for (const [key, value] of entries as Iterable<[string, unknown]>) {
    if (value == null) continue
    url.searchParams[given.has(key) ? 'append' : 'set'](key, toText(key, value))
    given.add(key)
  }
  return url
}

/** Adds the options `path` and `params` to the address. See docs/options.md#features. */
export const addressFeature: Feature<'path' | 'params'> = {
  options: ['path', 'params'],
  order: order.address,
  check: __DEV__
    ? ({ path, params }) =>
        checkMembers(
          { path, params },
          {
            path: aString,
            params: [
              'an object, URLSearchParams or a function',
              (value) => isParams(value) || typeof value === 'function',
            ],
          },
        )
    : undefined,
  settings: () => ({ joinUrl }),
}
