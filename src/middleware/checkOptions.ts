import type { Codec } from '../codec/types.js'
import { codedError, show } from '../internal/errors.js'
import { aCount, aFunction, isCodec, isCodecList, isCount, isFunction, type Check } from '../internal/optionChecks.js'

// Development only: called under `__DEV__`, so that production bundles contain none of it.

/** Checks by the name of the option. */
export type Checks = Readonly<Record<string, Check>>

/** Whether a value is an object with members. */
export const isOptionsObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isString = (value: unknown): boolean => typeof value === 'string'
const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every(isString)
const isProtocol = (value: unknown): boolean =>
  isString(value) || (isOptionsObject(value) && (value as { toString: () => unknown }).toString() === '…')

export const aString: Check = ['a string', isString]
export const aBoolean: Check = ['true or false', (value) => typeof value === 'boolean']
export const milliseconds: Check = ['a number of milliseconds, 0 or more', isCount]
export const anObject: Check = ['an object', isOptionsObject]
export const anObjectOrFalse: Check = ['an object or false', (value) => value === false || isOptionsObject(value)]
export const aCodecList: Check = [
  'an array of codecs, without those of framed()',
  (value) => isCodecList(value) && !(value as readonly Codec[]).some(({ perSocket }) => perSocket),
]

/** What the options of the core must be. A rule is checked when its matcher is created. */
const coreChecks: Checks = {
  actions: ['a set of createSocketActions()', (value) => isOptionsObject(value) && isFunction(value['send'])],
  url: ['a string, a URL or a function', (value) => isString(value) || value instanceof URL || isFunction(value)],
  protocols: [
    'a string, a secret(), an array of these or a function',
    (value) => isProtocol(value) || (Array.isArray(value) && value.every(isProtocol)) || isFunction(value),
  ],
  WebSocket: ['a WebSocket class', isFunction],
  codec: ['a codec such as json()', isCodec],
  accept: ['', () => true],
  toActions: aFunction,
  reserved: ['an array of strings', isStrings],
  forward: ['', () => true],
  respondToPing: ['an object, a function or false', (value) => anObjectOrFalse[1](value) || isFunction(value)],
  onOpen: aFunction,
  protocol: [
    'a protocol of jsonRpc() or createProtocol()',
    (value) => isOptionsObject(value) && isOptionsObject(value['feature']),
  ],
  connectTimeout: milliseconds,
  closeTimeout: milliseconds,
  autoBatch: aBoolean,
  maxMessageBytes: aCount,
}

const invalid = (sentence: string): Error => codedError('invalid_option', `createSocketMiddleware: ${sentence}.`)

/** Throws `invalid_option` for a member that is unknown or malformed. The error names it, what was expected and what came. */
export const checkMembers = (given: Readonly<Record<string, unknown>>, checks: Checks, prefix = ''): void => {
  for (const [key, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, key) && checks[key]
    if (!check) throw invalid(`unknown option "${prefix}${key}"; expected one of ${Object.keys(checks).join(', ')}`)
    const [expected, test] = check
    if (value !== undefined && !test(value)) {
      throw invalid(`expected the option "${prefix}${key}" to be ${expected}, got ${show(value)}`)
    }
  }
}

/** Checks one option that is an object with members of its own, where it is given. */
export const checkGroup = (name: string, value: unknown, checks: Checks): void => {
  if (isOptionsObject(value)) checkMembers(value, checks, `${name}.`)
}

/** Checks the options of the core, and that every other one belongs to a feature; features check their own. */
export const checkMiddlewareOptions = (options: unknown, featureKeys: readonly string[]): void => {
  if (!isOptionsObject(options)) throw invalid(`expected an object of options, got ${show(options)}`)
  const others = Object.fromEntries(featureKeys.map((key): [string, Check] => [key, ['', () => true]]))
  checkMembers(options, { ...coreChecks, ...others })
  checkGroup('respondToPing', options['respondToPing'], { ping: aString, pong: aString })
}
