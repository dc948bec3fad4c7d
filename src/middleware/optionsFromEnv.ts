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
 * `optionsFromEnv({ SOCKET_URL: process.env.SOCKET_URL })`. See docs/rpc.md.
 */
export const optionsFromEnv = (
  env: Readonly<Record<string, string | undefined>>,
  { prefix = 'SOCKET_' }: EnvOptions = {},
): OptionsFromEnv => {
  const options: { -readonly [Key in keyof OptionsFromEnv]: OptionsFromEnv[Key] } = {}
  const read = <Key extends keyof OptionsFromEnv>(
    name: string,
    key: Key,
    parse: (text: string) => OptionsFromEnv[Key],
    expected: string,
  ): void => {
    // A value that is not a text is left out.
    const text = (env[prefix + name] as { readonly trim?: () => string } | undefined)?.trim?.()
    if (!text) return
    try {
      options[key] = parse(text)
    } catch (error) {
      const sentence = __DEV__
        ? `reduplex: expected ${prefix}${name} to be ${expected}, got ${show(text)} (${messageOf(error)})`
        : ''
      // The default is the page's own address, which would be another server.
      if (name === 'URL') throw codedError('invalid_url', sentence)
      if (__DEV__) warn(`${sentence}; the default applies.`)
    }
  }
  const toUrlText = (text: string) => (toUrl(new URL(text, 'ws://page')), text)
  read('URL', 'url', toUrlText, __DEV__ ? 'a ws, wss, http or https URL' : '')
  read('FORWARD', 'forward', (text) => new RegExp(text), __DEV__ ? 'a regular expression' : '')
  read('IDLE_TIMEOUT', 'idleTimeout', toMs, __DEV__ ? 'a number of milliseconds, 0 or more' : '')
  return options
}

const toMs = (text: string): number => {
  // Not Number(): it takes '0x10' and '1e3', which nobody means.
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new TypeError(__DEV__ ? 'not a decimal number' : '')
}
