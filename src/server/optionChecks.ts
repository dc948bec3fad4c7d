import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError, show } from '../internal/errors.js'
import { aCount, aFunction, isCodec, isCodecList, isCount, isFunction, type Check } from '../internal/optionChecks.js'
import type { Bus } from './cluster/bus.js'
import type { SocketServerOptions, WsOptions } from './options.js'

const isObjectLike = (value: unknown): boolean => typeof value === 'object' && value !== null
const isSchema = (value: unknown): boolean =>
  (isObjectLike(value) || isFunction(value)) && isObjectLike((value as Partial<StandardSchemaV1>)['~standard'])
const isObjectOf = (value: unknown, isMember: (member: unknown) => boolean): boolean =>
  isObjectLike(value) && Object.values(value as object).every(isMember)

const oneOf = (...values: readonly string[]): Check => [
  values.map((value) => `'${value}'`).join(' or '),
  (value) => values.includes(value as string),
]

const checks: Readonly<Partial<Record<keyof SocketServerOptions, Check>>> = {
  codec: ['a codec such as json(), or a list of codecs', (value) => isCodec(value) || isCodecList(value)],
  schema: [
    'an object of Standard Schemas',
    (value) => isObjectOf(value, (member) => member === undefined || isSchema(member)),
  ],
  invalid: oneOf('reply', 'close', 'ignore'),
  params: ['a Standard Schema', isSchema],
  authorize: aFunction,
  authorizeChannel: aFunction,
  channels: ['an object of functions', (value) => isObjectOf(value, isFunction)],
  handler: aFunction,
  onError: aFunction,
  origin: [
    'a list of origins, a function or false',
    (value) =>
      value === false ||
      isFunction(value) ||
      (Array.isArray(value) && value.every((one) => URL.canParse(one as string))),
  ],
  trustProxy: ['true, false or a number of proxies', (value) => typeof value === 'boolean' || isCount(value)],
  maxConnectionsPerIp: aCount,
  maxConnections: aCount,
  connectionRate: ['an object of numbers, or false', (value) => value === false || isObjectOf(value, isCount)],
  maxAuthorizing: aCount,
  maxPayload: aCount,
  rate: ['an object of numbers, or false', (value) => value === false || isObjectOf(value, isCount)],
  maxBufferedBytes: aCount,
  slowConsumer: oneOf('close', 'drop'),
  handshakeTimeout: aCount,
  idleTimeout: aCount,
  pingInterval: aCount,
  closeTimeout: aCount,
  ping: ['an object or false', (value) => value === false || isObjectLike(value)],
  maxPending: aCount,
  maxSubscriptions: aCount,
  maxWaiting: aCount,
  maxPendingBytes: aCount,
  maxSubscriptionBytes: aCount,
  maxKeptBytes: aCount,
  maxPendingPerIp: aCount,
  maxPendingTotal: aCount,
  maxBatch: aCount,
  bus: [
    'a bus with "publish", "subscribe" and "close"',
    (value) => isObjectLike(value) && isFunction((value as Bus).publish),
  ],
  nodeTimeout: aCount,
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
