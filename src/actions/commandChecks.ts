import { codedError, show } from '../internal/errors.js'

// Development only: called under `__DEV__`, so that production bundles contain none of it.

type Checks = Readonly<Record<string, readonly [expected: string, test: (value: unknown) => boolean]>>

const isString = (value: unknown): boolean => typeof value === 'string'

const connectChecks: Checks = {
  url: ['a string or a URL', (value) => isString(value) || value instanceof URL],
  path: ['a string', isString],
  params: ['an object', (value) => typeof value === 'object' && value !== null],
  protocols: [
    'a string or an array of strings',
    (value) => isString(value) || (Array.isArray(value) && value.every(isString)),
  ],
  keepQueue: ['true or false', (value) => typeof value === 'boolean'],
  handover: ['true', (value) => value === true],
}

const sendChecks: Checks = {
  id: ['a string', isString],
  whenOffline: ["'queue' or 'drop'", (value) => value === 'queue' || value === 'drop'],
  ttl: ['a number of milliseconds, 0 or more', (value) => typeof value === 'number' && value >= 0],
}

const receiveChecks: Checks = {
  maxBuffered: ['a number, 0 or more', (value) => typeof value === 'number' && value >= 0],
}

/** Throws `invalid_option` unless `options` is an object whose members pass. `undefined` passes, as a whole and as a member. */
const checkMembers = (command: string, options: unknown, checks: Checks): void => {
  if (options === undefined) return
  const names = Object.keys(checks).join(', ')
  // A URL has no members of its own: its address would be ignored.
  if (typeof options !== 'object' || options === null || Array.isArray(options) || options instanceof URL) {
    const got = options instanceof URL ? 'a URL' : show(options)
    throw codedError('invalid_option', `${command}: expected an object with ${names}, got ${got}.`)
  }
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, key) && checks[key]
    if (!check) throw codedError('invalid_option', `${command}: expected ${names}, got "${key}".`)
    if (value === undefined || check[1](value)) continue
    throw codedError('invalid_option', `${command}: expected "${key}" to be ${check[0]}, got ${show(value)}.`)
  }
}

/** Checks the options of a connect. A click event that a button passed on is refused. */
export const checkConnect = (options: unknown): void => checkMembers('socketConnect', options, connectChecks)

/** Checks the options of a send. */
export const checkSend = (verb: 'send' | 'sendRaw', options: unknown): void =>
  checkMembers(verb === 'send' ? 'socketSend' : 'socketSendRaw', options, sendChecks)

/** Checks the options of an iteration. */
export const checkReceive = (options: unknown): void => checkMembers('socketReceive', options, receiveChecks)
