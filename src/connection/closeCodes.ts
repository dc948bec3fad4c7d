/** What a close code asks of a client: dial again, stop for good, fetch fresh credentials and dial once, or take it as the end. */
export type CloseAdvice = 'retry' | 'stop' | 'refresh' | 'end'

/**
 * The close codes that have a meaning of their own (RFC 6455 section 7.4.1, the IANA registry, and the 44xx habit that mirrors
 * HTTP's 4xx). Codes not listed are worth a retry, 4400–4499 are not.
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
    4401: ['unauthorized', 'refresh'],
    4408: ['timeout', 'retry'],
    4429: ['too many requests', 'retry'],
  })

/** What {@link closeCodes} advises, without its names. A test compares the two. */
export const adviceFor = (code: number | null): CloseAdvice =>
  code === 1000
    ? 'end'
    : code === 4401
      ? 'refresh'
      : /^(10(0[23789]|10)|44(?!08|29)..)$/.test(String(code))
        ? 'stop'
        : 'retry'

/** Whether an application may send `code` (WHATWG WebSockets, `close()`: 1000, or 3000 to 4999). */
export const isSendableCode = (code: unknown): code is number =>
  code === 1000 || (Number.isInteger(code) && (code as number) >= 3000 && (code as number) <= 4999)

/**
 * A close reason cut to what a close frame holds: 123 bytes of UTF-8 (RFC 6455 section 5.5), never in the middle of a character.
 */
export const fitReason = (reason: string): string =>
  reason.slice(0, new TextEncoder().encodeInto(reason, new Uint8Array(123)).read)
