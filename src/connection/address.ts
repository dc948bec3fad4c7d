import { pageUrl } from '../internal/environment.js'
import { codedError, isSocketFailure, messageOf, show } from '../internal/errors.js'
import type { Address, AttemptContext } from './types.js'

/** An address fit to be shown: no query, no credentials. */
export const redact = (url: string): string => url.replace(/\/\/[^/?#]*@/, '//').replace(/\?.*/, '?…')

/** Whether someone is asked for a part of it before every attempt. */
export const hasProvider = (address: Address): boolean =>
  Object.values(address).some((part) => typeof part === 'function')

/** What one attempt dials. */
export interface Target {
  readonly url: string
  readonly protocols?: string | string[]
}

/** An absolute ws(s) URL without a fragment (WHATWG WebSockets, "obtain a WebSocket URL"). */
export const toUrl = (from: unknown = '/ws'): URL => {
  if (typeof from !== 'string' && !(from instanceof URL)) throw new TypeError(__DEV__ ? `got ${show(from)}` : '')
  const url = new URL(String(from).trim(), pageUrl())
  url.hash = ''
  url.protocol = url.protocol.replace(/^http/, 'ws')
  if (!/^wss?:$/.test(url.protocol)) throw new TypeError(__DEV__ ? `got the protocol ${show(url.protocol)}` : '')
  return url
}

/** Asks the providers, once each and all at the same time. */
export const ask = async (parts: readonly unknown[], context: AttemptContext): Promise<unknown[]> => {
  try {
    return await Promise.all(
      parts.map(async (part) =>
        typeof part === 'function' ? await (part as (context: AttemptContext) => unknown)(context) : part,
      ),
    )
  } catch (error) {
    if (isSocketFailure(error)) throw error
    const said = messageOf(error)
    throw codedError('provider_failed', __DEV__ ? `A function for url, params or protocols failed: ${said}` : said)
  }
}

/** What one attempt dials; `subprotocols` are offered first. */
export const targetOf = (
  base: unknown,
  protocols: string | readonly string[] = [],
  subprotocols: readonly string[] = [],
  finish: () => URL = () => toUrl(base),
): Target => {
  try {
    // A WebSocket refuses to offer one twice.
    const offered = subprotocols.length ? [...new Set(subprotocols.concat(protocols))] : (protocols as string[])
    return { url: finish().href, ...(offered.length && { protocols: offered }) }
  } catch (error) {
    throw codedError(
      'invalid_url',
      __DEV__
        ? `Expected a ws, wss, http or https URL, or one relative to a page; ${base === undefined ? 'got none, and there is no page' : messageOf(error)}. Give the option "url".`
        : '',
    )
  }
}

/** How addresses are resolved and compared. */
export interface Addressing {
  /** Whether two addresses differ at all (`moved`), and whether they are different places (`elsewhere`). */
  readonly compare: (from: Address, to: Address) => { readonly moved: boolean; readonly elsewhere: boolean }
  /** The address after a command that gave `given`. */
  readonly next: (options: Address, current: Address, given: Address) => Address
  readonly resolve: (address: Address, context: AttemptContext, subprotocols: readonly string[]) => Promise<Target>
}

/** Addresses of a url and protocols. `addressFeature` adds `path` and `params`. */
export const plainAddressing: Addressing = {
  /** Whether two addresses differ at all (`moved`), and whether they are different places (`elsewhere`). */
  compare: (from: Address, to: Address): { moved: boolean; elsewhere: boolean } => {
    const elsewhere = String(from.url) !== String(to.url)
    return { elsewhere, moved: elsewhere || String(from.protocols) !== String(to.protocols) }
  },
  /** The address after a command that gave `given`: a url starts anew, for protocols may be secrets of the other one's. */
  next: (_options: Address, current: Address, given: Address): Address =>
    given.url === undefined ? { ...current, ...given } : given,
  resolve: async (
    { url, protocols }: Address,
    context: AttemptContext,
    subprotocols?: readonly string[],
  ): Promise<Target> => {
    const [base, offered] = await ask([url, protocols], context)
    return targetOf(base, offered as string, subprotocols)
  },
}
