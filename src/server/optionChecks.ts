import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError, show } from '../internal/errors.js'
import type { Bus } from './cluster/bus.js'
import type { SocketServerOptions, WsOptions } from './options.js'
import type { ServerCodec } from './types.js'

type Check = readonly [expected: string, isValid: (value: unknown) => boolean]

const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isObjectLike = (value: unknown): boolean => typeof value === 'object' && value !== null
const isCodec = (value: unknown): boolean => {
  const { encode, decode } = (isObjectLike(value) ? value : {}) as Partial<Record<keyof ServerCodec, unknown>>
  return isFunction(encode) && isFunction(decode)
}
const isSchema = (value: unknown): boolean =>
  (isObjectLike(value) || isFunction(value)) && isObjectLike((value as Partial<StandardSchemaV1>)['~standard'])
const isObjectOf = (value: unknown, isMember: (member: unknown) => boolean): boolean =>
  isObjectLike(value) && Object.values(value as object).every(isMember)

const count: Check = ['a number, 0 or more', isCount]
const func: Check = ['a function', isFunction]
const oneOf = (...values: readonly string[]): Check => [
  values.map((value) => `'${value}'`).join(' or '),
  (value) => values.includes(value as string),
]

const checks: Readonly<Partial<Record<keyof SocketServerOptions, Check>>> = {
  codec: [
    'a codec such as json(), or a list of codecs',
    (value) => isCodec(value) || (Array.isArray(value) && value.length > 0 && value.every(isCodec)),
  ],
  schema: [
    'an object of Standard Schemas',
    (value) => isObjectOf(value, (member) => member === undefined || isSchema(member)),
  ],
  invalid: oneOf('reply', 'close', 'ignore'),
  params: ['a Standard Schema', isSchema],
  authorize: func,
  authorizeChannel: func,
  channels: ['an object of functions', (value) => isObjectOf(value, isFunction)],
  handler: func,
  onError: func,
  origin: [
    'a list of origins, a function or false',
    (value) =>
      value === false ||
      isFunction(value) ||
      (Array.isArray(value) && value.every((one) => URL.canParse(one as string))),
  ],
  trustProxy: ['true, false or a number of proxies', (value) => typeof value === 'boolean' || isCount(value)],
  maxConnectionsPerIp: count,
  maxPayload: count,
  rate: ['an object of numbers, or false', (value) => value === false || isObjectOf(value, isCount)],
  maxBufferedBytes: count,
  slowConsumer: oneOf('close', 'drop'),
  handshakeTimeout: count,
  idleTimeout: count,
  pingInterval: count,
  closeTimeout: count,
  ping: ['an object or false', (value) => value === false || isObjectLike(value)],
  maxPending: count,
  maxSubscriptions: count,
  maxBatch: count,
  bus: [
    'a bus with "publish", "subscribe" and "close"',
    (value) => isObjectLike(value) && isFunction((value as Bus).publish),
  ],
  nodeTimeout: count,
}

/** Checks the options of this library; `ws` checks its own. @throws `invalid_option` */
export const checkServerOptions = (options: object): void => {
  for (const [name, [expected, isValid]] of Object.entries(checks)) {
    const value = (options as Record<string, unknown>)[name]
    if (value === undefined || isValid(value)) continue
    const message = `createSocketServer: expected the option "${name}" to be ${expected}, got ${show(value)}.`
    throw codedError('invalid_option', message)
  }
}

/** The options of this library that `ws` knows as well. */
const sharedWithWs: readonly string[] = ['maxPayload', 'closeTimeout']

/** Returns the options that are passed on to `ws`. */
export const wsOptionsOf = (options: SocketServerOptions): WsOptions => {
  const own = new Set(Object.keys(checks).filter((name) => !sharedWithWs.includes(name)))
  return Object.fromEntries(Object.entries(options).filter(([name]) => !own.has(name)))
}
