import { closeCodes } from '../../src/index.js'

/** The meaning of a close code as a phrase. */
export function closeCodeMeaning(code: number): string {
  return closeCodes[code]?.[0] ?? (code >= 4000 ? 'private to the app' : code >= 3000 ? 'registered' : 'reserved')
}

/** The codes that an app may close with (WHATWG WebSockets, `close()`). */
export const isAppCloseCode = (code: number): boolean =>
  code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999)

/** The codes that a server may put into a close frame. 1004, 1005, 1006 and 1015 are never sent (RFC 6455, 7.4.1). */
export const isServerCloseCode = (code: number): boolean =>
  isAppCloseCode(code) || (Number.isInteger(code) && code > 1000 && code <= 1014 && (code < 1004 || code > 1006))
