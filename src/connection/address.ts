import { pageUrl } from '../internal/environment.js'
import { codedError, detailsOf, isSocketFailure, messageOf, missingFeature, show } from '../internal/errors.js'
import { warnOfDefaultUrl } from './defaultUrlWarning.js'
import type { Address, AttemptContext } from './types.js'

/** What an attempt connects to. */
export interface Target {
  readonly url: string
  readonly protocols?: string | string[]
}

/** Joins a base url, a path and params. `addressFeature` brings it. */
export type JoinUrl = (base: unknown, path: string | undefined, params: unknown) => URL

/** A url without its query and credentials, for actions and errors. */
export const redact = (url: string): string => url.replace(/\/\/[^/?#]*@/, '//').replace(/\?.*/, '?…')

/** Whether a function is called for a part of the address before every attempt. */
export const hasFactory = (address: Address): boolean =>
  Object.values(address).some((part) => typeof part === 'function')

/** An absolute ws(s) URL without a fragment (WHATWG WebSockets, "obtain a WebSocket URL"). */
export const toUrl = (base: unknown = '/ws'): URL => {
  if (typeof base !== 'string' && !(base instanceof URL)) throw new TypeError(__DEV__ ? `got ${show(base)}` : '')
  const url = new URL(String(base).trim(), pageUrl())
  url.hash = ''
  url.protocol = url.protocol.replace(/^http/, 'ws')
  if (!/^wss?:$/.test(url.protocol)) throw new TypeError(__DEV__ ? `got the protocol ${show(url.protocol)}` : '')
  return url
}

/** Text that is the same for equal parts of an address. A URL and URLSearchParams have no entries; an object may have no `toString`. */
const textOf = (part: unknown): string | undefined =>
  (typeof part === 'object' && Object.entries(part ?? '').join('&')) || part?.toString?.()

/** Whether two addresses differ (`isMoved`), and whether their place does (`isElsewhere`). */
export const compareAddresses = (from: Address, to: Address): { isMoved: boolean; isElsewhere: boolean } => {
  const differs = (key: keyof Address): boolean => {
    try {
      return textOf(from[key]) !== textOf(to[key])
    } catch {
      // A part without a text, such as a symbol among the params.
      return true
    }
  }
  const isElsewhere = differs('url') || differs('path')
  return { isElsewhere, isMoved: isElsewhere || differs('params') || differs('protocols') }
}

const originOf = (url: unknown): string | undefined => {
  try {
    return toUrl(url).origin
  } catch {
    return undefined
  }
}

/**
 * The address after a connect that gave `given`. Without a url, `given` changes single parts. A url starts over: it takes params and protocols of the
 * options along, which may be secrets, only when it has the origin of their url, or when they name no url.
 */
export const nextAddress = (options: Address, current: Address, given: Address): Address => {
  if (given.url === undefined) return { ...current, ...given }
  const origin = originOf(given.url)
  const isSameOrigin = options.url === undefined || (origin && origin === originOf(options.url))
  const { params, protocols } = isSameOrigin ? options : {}
  return { params, protocols, ...given } as Address
}

/** Calls the functions among the parts of an address, each once and all at the same time. */
const callFactories = async (address: Address, context: AttemptContext): Promise<readonly unknown[]> => {
  const { url, path, params, protocols } = address
  const parts: readonly unknown[] = [url, path, params, protocols]
  const call = async (part: unknown): Promise<unknown> =>
    typeof part === 'function' ? (part as (context: AttemptContext) => unknown)(context) : part
  try {
    return await Promise.all(parts.map(call))
  } catch (error) {
    if (isSocketFailure(error)) throw error
    const said = messageOf(error)
    throw codedError('provider_failed', __DEV__ ? `A function for url, params or protocols failed: ${said}` : said)
  }
}

/** Development only. */
const invalidUrl = (base: unknown, error: unknown): string => {
  // A parameter.
  if ((error as { code?: unknown }).code === 'invalid_url') return messageOf(error)
  const shown = typeof base === 'string' || base instanceof URL ? ` in ${show(redact(String(base)))}` : ''
  const got = base === undefined ? 'got none, and there is no page' : detailsOf(error) + shown
  return `Expected a ws, wss, http or https URL, or one relative to a page; ${got}. Give the option "url".`
}

/** Resolves an address to what one attempt connects to. `offered` are subprotocols that go before those of the address. */
export const resolveAddress = async (
  address: Address,
  context: AttemptContext,
  offered: readonly string[],
  joinUrl?: JoinUrl,
): Promise<Target> => {
  // A function that returns nothing does not mean the default.
  const [base = address.url && null, path, params, given = []] = await callFactories(address, context)
  if (!joinUrl && (path ?? params) !== undefined) throw missingFeature('addressFeature')
  // Its feature takes this out of the address of a connect.
  if ('handover' in address) throw missingFeature(__DEV__ ? 'handoverFeature' : 'handover')
  // A WebSocket throws for a subprotocol that is offered twice.
  const protocols = offered.length ? [...new Set(offered.concat(given as string[]))] : (given as string | string[])
  try {
    const url = joinUrl ? joinUrl(base, path as string | undefined, params) : toUrl(base)
    if (__DEV__ && (base ?? path) === undefined) warnOfDefaultUrl(url)
    return { url: url.href, ...(protocols.length && { protocols }) }
  } catch (error) {
    throw codedError('invalid_url', __DEV__ ? invalidUrl(base, error) : '')
  }
}
