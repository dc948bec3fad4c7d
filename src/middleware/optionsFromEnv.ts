import { toUrl } from '../connection/address.js'
import { warn } from '../internal/environment.js'
import { codedError, messageOf, show } from '../internal/errors.js'
import type { SocketMiddlewareOptions } from './options.js'

/** Which of the variables to read. */
export interface EnvOptions {
  /** What their names begin with. @default 'SOCKET_' */
  readonly prefix?: string
}

/** What can be read from the environment. */
export type OptionsFromEnv = Pick<SocketMiddlewareOptions, 'url' | 'idleTimeout'> & { readonly forward?: RegExp }

/**
 * Reads options of `createSocketMiddleware` from environment variables, for deployments: `SOCKET_URL`, `SOCKET_FORWARD` (the source of a RegExp, which must match
 * the whole type) and `SOCKET_IDLE_TIMEOUT` (milliseconds; needs `idleFeature`). Variables that are
 * unset or empty are left out. Malformed numbers and RegExps are left out with a warning, so the default
 * applies; a malformed URL throws `invalid_url`. Bundlers replace only whole expressions:
 * `optionsFromEnv({ SOCKET_URL: process.env.SOCKET_URL })`.
 */
export const optionsFromEnv = (
  env: Readonly<Record<string, string | undefined>>,
  { prefix = 'SOCKET_' }: EnvOptions = {},
): OptionsFromEnv => {
  const read = <Value>(name: string, parse: (text: string) => Value, expected: string): Value | undefined => {
    const given = env[prefix + name]
    const text = typeof given === 'string' ? given.trim() : ''
    if (!text) return undefined
    try {
      return parse(text)
    } catch (error) {
      const sentence = __DEV__
        ? `reduplex: expected ${prefix}${name} to be ${expected}, got ${show(text)} (${messageOf(error)})`
        : ''
      // The default is the page's own address, which would be another server.
      if (name === 'URL') throw codedError('invalid_url', sentence)
      if (__DEV__) warn(`${sentence}; the default applies.`)
      return undefined
    }
  }
  const url = read(
    'URL',
    (text) => (toUrl(new URL(text, 'ws://page')), text),
    __DEV__ ? 'a ws, wss, http or https URL' : '',
  )
  const forward = read('FORWARD', (text) => new RegExp(text), __DEV__ ? 'a regular expression' : '')
  const idleTimeout = read('IDLE_TIMEOUT', toMs, __DEV__ ? 'a number of milliseconds, 0 or more' : '')
  return { ...(url && { url }), ...(forward && { forward }), ...(idleTimeout !== undefined && { idleTimeout }) }
}

const toMs = (text: string): number => {
  // Not Number(): it takes '0x10' and '1e3', which nobody means.
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new TypeError(__DEV__ ? 'not a decimal number' : '')
}
