import { pageUrl } from '../internal/environment.js'
import { codedError, messageOf, show, SocketFailure } from '../internal/errors.js'
import type { Address, AttemptContext, Params, Provided } from './types.js'

/** Joins a base address and a path with exactly one slash; white space around the base is tolerated. */
export const socketEndpoint = (base: string | URL, path = '/ws'): string => {
  const [, address = '', query = ''] = /^([^?#]*)(.*)$/s.exec(String(base).trim()) ?? []
  const joined = `${address.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
  return joined + (path.includes('?') ? query.replace('?', '&') : query)
}

/** An address fit to be shown: no query, no credentials. */
export const redact = (url: string): string => url.replace(/\/\/[^/?#]*@/, '//').replace(/\?.*/, '?…')

/** Whether someone is asked for a part of it before every attempt. */
export const hasProvider = (address: Address): boolean =>
  Object.values(address).some((part) => typeof part === 'function')

/** A part of an address as text, to tell whether two are the same. */
const spell = (part: unknown): string =>
  typeof part === 'object' && part && !(part instanceof URL || part instanceof URLSearchParams)
    ? Object.entries(part).join('&')
    : String(part)

/** Whether two addresses differ at all (`moved`), and whether they are different places (`elsewhere`). */
export const compareAddresses = (from: Address, to: Address): { moved: boolean; elsewhere: boolean } => {
  const differs = (key: keyof Address) => spell(from[key]) !== spell(to[key])
  const elsewhere = differs('url') || differs('path')
  return { elsewhere, moved: elsewhere || differs('params') || differs('protocols') }
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

/** What one attempt dials. */
export interface Target {
  readonly url: string
  readonly protocols?: string | string[]
}

const ask = async <Value>(provided: Provided<Value, AttemptContext>, context: AttemptContext): Promise<Value> =>
  typeof provided === 'function' ? await (provided as (context: AttemptContext) => Value)(context) : provided

const withParams = (url: URL, params: Params | URLSearchParams): void => {
  for (const [key, value] of params instanceof URLSearchParams ? params : Object.entries(params)) {
    if (value !== null && value !== undefined) url.searchParams.set(key, String(value))
  }
}

/** An absolute ws(s) URL without a fragment (WHATWG WebSockets, "obtain a WebSocket URL"). */
const toUrl = (base: unknown, path: string | undefined): URL => {
  const page = pageUrl()
  const from = base === undefined ? new URL('/', page) : base
  if (typeof from !== 'string' && !(from instanceof URL)) throw new TypeError(`got ${show(from)}`)
  const toJoin = path || (base === undefined ? '/ws' : '')
  const url = new URL(toJoin ? socketEndpoint(from, toJoin) : String(from).trim(), page)
  url.hash = ''
  url.protocol = url.protocol.replace(/^http/, 'ws')
  if (!/^wss?:$/.test(url.protocol)) throw new TypeError(`got the protocol ${show(url.protocol)}`)
  return url
}

/**
 * Asks the providers, once each and all at the same time, and makes of their answers what one attempt dials; `subprotocols` are offered first. Rejects with the code
 * `provider_failed` when one of them fails, with `invalid_url` when there is no way to make a WebSocket URL of what they gave.
 */
export const resolveTarget = async (
  address: Address,
  context: AttemptContext,
  subprotocols: readonly string[] = [],
): Promise<Target> => {
  const answers = Promise.all([
    ask(address.url, context),
    ask(address.params, context),
    ask(address.protocols, context),
  ])
  const [base, params, protocols] = await answers.catch((error: unknown) => {
    if (error instanceof SocketFailure) throw error
    throw codedError('provider_failed', `A function for url, params or protocols failed: ${messageOf(error)}`)
  })
  try {
    const url = toUrl(base, address.path)
    withParams(url, params ?? {})
    // A WebSocket refuses to offer one twice.
    const offered = subprotocols.length ? [...new Set(subprotocols.concat(protocols ?? []))] : protocols
    return { url: url.href, ...(offered?.length && { protocols: offered as string | string[] }) }
  } catch (error) {
    throw codedError(
      'invalid_url',
      `Expected a ws, wss, http or https URL, or one relative to a page; ${base === undefined ? 'got none, and there is no page' : messageOf(error)}. Give the option "url".`,
    )
  }
}
