import { byteLength } from '../internal/bytes.js'

// What the constructor and `close` of a WebSocket check (WHATWG WebSockets, section 3.1).

const fail = (message: string, name: string): DOMException => new DOMException(message, name)

const parseUrl = (text: string, baseUrl: string | undefined): URL => {
  try {
    return new URL(text, baseUrl)
  } catch {
    throw fail(`Expected an absolute url, got "${text}".`, 'SyntaxError')
  }
}

/**
 * Returns the address of a socket as the platform shows it: absolute, with `ws:` or `wss:`.
 * @throws a `SyntaxError` (DOMException)
 */
export const toSocketUrl = (input: string | URL, baseUrl: string | undefined): string => {
  const text = String(input)
  const url = parseUrl(text, baseUrl)
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw fail(`Expected a url that starts with ws:, wss:, http: or https:, got "${url.protocol}".`, 'SyntaxError')
  }
  if (url.href.includes('#')) throw fail('Expected a url without a fragment, got one with "#".', 'SyntaxError')
  return url.href
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Returns the subprotocols that a socket offers.
 * @throws a `SyntaxError` (DOMException)
 */
export const toProtocols = (protocols: string | readonly string[]): string[] => {
  const list = (typeof protocols === 'string' ? [protocols] : Array.from(protocols)).map(String)
  const isRepeated = new Set(list.map((protocol) => protocol.toLowerCase())).size < list.length
  if (isRepeated) throw fail('Expected different subprotocols, got one of them twice.', 'SyntaxError')
  for (const protocol of list) {
    if (!token.test(protocol)) {
      throw fail(`Expected a subprotocol without spaces and separators, got "${protocol}".`, 'SyntaxError')
    }
  }
  return list
}

/** @throws an `InvalidAccessError` for a code that an app may not send, a `SyntaxError` for a reason that is too long (DOMException) */
export const checkClose = (code: number | undefined, reason: string): void => {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw fail(`Expected the close code 1000 or one from 3000 to 4999, got ${code}.`, 'InvalidAccessError')
  }
  if (byteLength(reason) > 123) {
    throw fail('Expected a close reason of at most 123 bytes of UTF-8, got a longer one.', 'SyntaxError')
  }
}
