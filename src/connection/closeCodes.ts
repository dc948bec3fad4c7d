import { byteLength } from '../internal/bytes.js'

/** What a close code means for a client: retry, stop (`failed`), retry once with fresh credentials, or a normal end (`closed`). */
export type CloseAdvice = 'retry' | 'stop' | 'refresh' | 'end'

/**
 * The close codes with a meaning of their own: RFC 6455 section 7.4.1, the IANA registry, and the 44xx convention that mirrors HTTP's 4xx. A code
 * that is not listed is retried, except 4400 to 4499, which stop.
 */
export const closeCodes: Readonly<Record<number, readonly [name: string, advice: CloseAdvice]>> =
  /* @__PURE__ */ Object.freeze({
    1000: ['normal closure', 'end'],
    1001: ['going away', 'retry'],
    1002: ['protocol error', 'stop'],
    1003: ['unsupported data', 'stop'],
    1005: ['no code given', 'retry'],
    1006: ['connection lost', 'retry'],
    1007: ['invalid payload', 'stop'],
    1008: ['policy violation', 'stop'],
    1009: ['message too big', 'stop'],
    1010: ['extension missing', 'stop'],
    1011: ['server error', 'retry'],
    1012: ['service restart', 'retry'],
    1013: ['try again later', 'retry'],
    1014: ['bad gateway', 'retry'],
    3000: ['unauthorized', 'refresh'],
    3003: ['forbidden', 'stop'],
    4401: ['unauthorized', 'refresh'],
    4408: ['timeout', 'retry'],
    4429: ['too many requests', 'retry'],
  })

/** What {@link closeCodes} advises, without the names, which production does not need. A test compares the two. */
export const adviceFor = (code: number | null): CloseAdvice => {
  if (code === 1000) return 'end'
  if (code === 3000 || code === 4401) return 'refresh'
  return /^(10(0[23789]|10)|3003|44(?!08|29)..)$/.test(code as never) ? 'stop' : 'retry'
}

/** Whether an application may send `code` (WHATWG WebSockets, `close()`: 1000, or 3000 to 4999). */
export const isSendableCode = (code: unknown): code is number =>
  code === 1000 || (Number.isInteger(code) && (code as number) >= 3000 && (code as number) <= 4999)

/** The most bytes of UTF-8 in the reason of a close frame (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123

/** Cuts a close reason to what a close frame can hold, between two characters. */
export const fitReason = (reason: string): string => {
  let fitted = ''
  for (const character of reason) {
    if (byteLength(fitted + character) > MAX_REASON_BYTES) return fitted
    fitted += character
  }
  return fitted
}
