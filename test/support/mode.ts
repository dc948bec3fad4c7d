import { expect } from '@jest/globals'

/**
 * Whether the library is in development mode. `REDUPLEX_MODE=production` runs the tests as a production bundle runs: without sentences and checks
 * of options.
 */
export const isDevelopment = __DEV__

/**
 * What a test expects of an error's message: exactly this text, or a text that matches. In production a message is a code or what the app or the server
 * said, so any text will do there, or exactly `inProduction` if it is given.
 */
export const sentence = (expected: string | RegExp, inProduction?: string): unknown => {
  if (!isDevelopment) return inProduction ?? expect.any(String)
  return typeof expected === 'string' ? expected : expect.stringMatching(expected)
}

/** Defines tests of what only development does, such as checks of options. In production it defines none. */
export const inDevelopment = (define: () => void): void => {
  if (isDevelopment) define()
}

/** Defines tests of what development never gets to, because it throws before. In development it defines none. */
export const inProduction = (define: () => void): void => {
  if (!isDevelopment) define()
}
