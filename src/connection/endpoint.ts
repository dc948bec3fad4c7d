import { pageUrl } from '../internal/environment.js'
import { ask, targetOf, toUrl as plainUrl, type Target } from './address.js'
import type { Address, AttemptContext } from './types.js'

/** Joins a base address and a path with exactly one slash; white space around the base is tolerated. */
export const socketEndpoint = (base: string | URL, path = '/ws'): string => {
  const [, address = '', query = ''] = /^([^?#]*)(.*)$/s.exec(String(base).trim()) ?? []
  const joined = `${address.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
  return joined + (path.includes('?') ? query.replace('?', '&') : query)
}

/** A part of an address as text, to tell whether two are the same. */
const spell = (part: unknown): string =>
  typeof part === 'object' && part && !(part instanceof URL || part instanceof URLSearchParams)
    ? Object.entries(part).join('&')
    : String(part)

/** Whether two addresses differ at all (`moved`), and whether they are different places (`elsewhere`). */
export const compareAddresses = (from: Address, to: Address): { moved: boolean; elsewhere: boolean } => {
  const differs = (key: keyof Address) => spell(from[key]) !== spell(to[key])
  const elsewhere = (['url', 'path'] as const).some(differs)
  return { elsewhere, moved: elsewhere || (['params', 'protocols'] as const).some(differs) }
}

const originOf = (url: unknown): string | undefined => {
  try {
    return toUrl(url, undefined).origin
  } catch {
    return undefined
  }
}

/**
 * The address after a command that gave `given`. Parts alone change those parts. A url starts anew: of the options it takes the params and
 * protocols along, which may be secrets, only when it has their origin, or when they name no url.
 */
export const nextAddress = (options: Address, current: Address, given: Address): Address => {
  if (given.url === undefined) return { ...current, ...given }
  const origin = originOf(given.url)
  const isHome = options.url === undefined || (origin !== undefined && origin === originOf(options.url))
  const { params, protocols } = isHome ? options : {}
  return { params, protocols, ...given } as Address
}

/** An absolute ws(s) URL without a fragment, joined with a path. */
const toUrl = (base: unknown, path: string | undefined): URL => {
  if (base !== undefined && typeof base !== 'string' && !(base instanceof URL)) return plainUrl(base)
  const from = base ?? new URL('/', pageUrl())
  const toJoin = path || (base === undefined ? '/ws' : '')
  return plainUrl(toJoin ? socketEndpoint(from, toJoin) : from)
}

/** As `plainAddressing`, with a path and params. */
export const resolveTarget = async (
  { url, path, params: given, protocols }: Address,
  context: AttemptContext,
  subprotocols?: readonly string[],
): Promise<Target> => {
  const [base, params = {}, offered] = await ask([url, given, protocols], context)
  return targetOf(base, offered as string, subprotocols, () => {
    const made = toUrl(base, path)
    for (const [key, value] of params instanceof URLSearchParams ? params : Object.entries(params as object)) {
      if (value != null) made.searchParams.set(key, String(value))
    }
    return made
  })
}

/** For the option `addressing`: `path` and `params`. */
export const fullAddressing = { compare: compareAddresses, next: nextAddress, resolve: resolveTarget }
export { hasProvider, redact } from './address.js'
