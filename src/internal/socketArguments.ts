import { byteLength } from './bytes.js'
import { createDomException } from './environment.js'

// What the constructor and `close` of a WebSocket check (WHATWG WebSockets, section 3.1).

const fail = (name: string, message: string): DOMException => createDomException(message, name)

const parseUrl = (text: string, baseUrl: string | undefined): URL => {
  try {
    return new URL(text, baseUrl)
  } catch {
    throw fail('SyntaxError', __DEV__ ? `Expected an absolute url, got "${text}".` : '')
  }
}

/**
 * Returns the address of a socket as the platform shows it: absolute, with `ws:` or `wss:`.
 * @throws a `SyntaxError` (DOMException)
 */
export const toSocketUrl = (input: string | URL, baseUrl: string | undefined): string => {
  const url = parseUrl(String(input), baseUrl)
  url.protocol = url.protocol.replace('http', 'ws')
  if (!/^wss?:$/.test(url.protocol)) {
    const message = __DEV__ ? `Expected a url that starts with ws:, wss:, http: or https:, got "${url.protocol}".` : ''
    throw fail('SyntaxError', message)
  }
  if (url.href.includes('#'))
    throw fail('SyntaxError', __DEV__ ? 'Expected a url without a fragment, got one with "#".' : '')
  return url.href
}

/**
 * Returns the subprotocols that a socket offers.
 * @throws a `SyntaxError` (DOMException)
 */
export const toProtocols = (protocols: string | readonly string[]): string[] => {
  const list = (typeof protocols === 'string' ? [protocols] : Array.from(protocols)).map(String)
  if (new Set(list.map((protocol) => protocol.toLowerCase())).size < list.length)
    throw fail('SyntaxError', __DEV__ ? 'Expected different subprotocols, got one of them twice.' : '')
  for (const protocol of list) {
    if (!/^[!#-'*+\-.^-z|~\dA-Z]+$/.test(protocol)) {
      const message = __DEV__ ? `Expected a subprotocol without spaces and separators, got "${protocol}".` : ''
      throw fail('SyntaxError', message)
    }
  }
  return list
}

/** @throws an `InvalidAccessError` for a code that an app may not send, a `SyntaxError` for a reason that is too long (DOMException) */
export const checkClose = (code: number | undefined, reason = ''): void => {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    const message = __DEV__ ? `Expected the close code 1000 or one from 3000 to 4999, got ${code}.` : ''
    throw fail('InvalidAccessError', message)
  }
  if (byteLength(reason) > 123) {
    const message = __DEV__ ? 'Expected a close reason of at most 123 bytes of UTF-8, got a longer one.' : ''
    throw fail('SyntaxError', message)
  }
}
