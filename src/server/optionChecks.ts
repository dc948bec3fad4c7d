import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError, show } from '../internal/errors.js'
import { aCount, aFunction, isCodec, isCodecList, isCount, isFunction, type Check } from '../internal/optionChecks.js'
import type { Bus } from './cluster/bus.js'
import { isHost } from './http/sourceCheck.js'
import { checkTarget, targetChecks } from './http/targetChecks.js'
import { createWsChecks } from './http/wsOptions.js'
import {
  checkOptions,
  copyOptions,
  group,
  isNamedObject,
  withoutUndefined,
  type OptionChecks,
} from '../internal/optionGroups.js'
import { checkSessionOwner, sessionChecks } from './session/sessionOptions.js'
import type { SocketServerOptions, SocketServerSettings, WsOptions } from './options.js'

const isObjectLike = (value: unknown): boolean => typeof value === 'object' && value !== null
const isSchema = (value: unknown): boolean =>
  (isObjectLike(value) || isFunction(value)) && isObjectLike((value as Partial<StandardSchemaV1>)['~standard'])
const isText = (value: unknown): boolean => typeof value === 'string'

const aSchema: Check = ['a Standard Schema', isSchema]
const aText: Check = ['a text', isText]
const oneOf = (...values: readonly string[]): Check => [
  values.map((value) => `'${value}'`).join(' or '),
  (value) => values.includes(value as string),
]

/** Whether a value is an origin, with a scheme and "//": `localhost:3000` would be a URL of the scheme "localhost". */
const isOrigin = (value: unknown): boolean => typeof value === 'string' && value.includes('://') && URL.canParse(value)

const isBus = (value: unknown): boolean =>
  isObjectLike(value) && (['publish', 'subscribe', 'close'] as const).every((name) => isFunction((value as Bus)[name]))

const isFalse = (value: unknown): boolean => value === false

/** The check of an object that has these functions. */
const methodsOf = (noun: string, ...names: readonly string[]): Check => [
  `${noun} with the functions ${names.map((name) => `"${name}"`).join(', ')}`,
  (value) =>
    isObjectLike(value) && names.every((name) => isFunction((value as Readonly<Record<string, unknown>>)[name])),
]

/** The options that are this library's own. */
type OwnName = Exclude<keyof SocketServerSettings, keyof WsOptions> | 'maxPayload' | 'closeTimeout'

const ownChecks: Readonly<Record<OwnName, OptionChecks[string]>> = {
  codec: ['a codec such as json(), or a list of codecs', (value) => isCodec(value) || isCodecList(value)],
  schema: group({ receive: aSchema, send: aSchema }, 'an object of Standard Schemas'),
  invalid: oneOf('reply', 'close', 'ignore'),
  params: aSchema,
  authorize: aFunction,
  userId: aFunction,
  authorizeChannel: aFunction,
  presence: aFunction,
  channels: [
    'an object of functions',
    (value) => isNamedObject(value) && Object.values(value).every((member) => isFunction(member)),
  ],
  handler: aFunction,
  logger: methodsOf('a logger', 'error', 'warn', 'info', 'debug'),
  metrics: methodsOf('metrics', 'count', 'observe', 'gauge'),
  onError: aFunction,
  origin: [
    "a list of origins such as 'https://example.org', a function or false",
    (value) => value === false || isFunction(value) || (Array.isArray(value) && value.every(isOrigin)),
  ],
  hosts: [
    "a list of hosts such as 'example.org' or 'localhost:8080', or a function",
    (value) => isFunction(value) || (Array.isArray(value) && value.every(isHost)),
  ],
  trustProxy: [
    'true, false or a number of proxies',
    (value) => typeof value === 'boolean' || (isCount(value) && Number.isInteger(value)),
  ],
  maxConnectionsPerIp: aCount,
  maxConnections: aCount,
  connectionRate: group({ perSecond: aCount, burst: aCount }, 'an object of numbers, or false', isFalse),
  maxAuthorizing: aCount,
  maxPayload: aCount,
  rate: group(
    { perSecond: aCount, burst: aCount, bytesPerSecond: aCount, bytesBurst: aCount, patience: aCount },
    'an object of numbers, or false',
    isFalse,
  ),
  maxBufferedBytes: aCount,
  slowConsumer: oneOf('close', 'drop'),
  handshakeTimeout: aCount,
  idleTimeout: aCount,
  pingInterval: aCount,
  closeTimeout: aCount,
  ping: group({ request: aText, reply: aText }, 'an object or false', (value) => value === false),
  maxPending: aCount,
  maxSubscriptions: aCount,
  maxWaiting: aCount,
  maxPendingBytes: aCount,
  maxSubscriptionBytes: aCount,
  maxKeptBytes: aCount,
  maxPendingPerIp: aCount,
  maxPendingTotal: aCount,
  maxBatch: aCount,
  bus: ['a bus with "publish", "subscribe" and "close"', isBus],
  nodeTimeout: aCount,
  session: sessionChecks,
}

const CALLER = 'createSocketServer'

/**
 * Checks all options of a server and returns a copy, which later changes of the given object do not affect, without members that are `undefined`.
 * @throws `invalid_option`
 */
export const checkServerOptions = (given: unknown, more: readonly unknown[]): SocketServerOptions => {
  if (!isNamedObject(given)) {
    throw codedError('invalid_option', `${CALLER}: expected one object of options, got ${show(given)}.`)
  }
  if (more.length > 0) {
    const sentence = `expected one object of options, got ${more.length + 1} arguments. Write all options into the first`
    throw codedError('invalid_option', `${CALLER}: ${sentence}.`)
  }
  const options = copyOptions(given)
  const checks = { ...targetChecks, ...ownChecks, ...createWsChecks() }
  checkOptions(CALLER, options, checks)
  checkTarget(options)
  checkSessionOwner(CALLER, options)
  return withoutUndefined(options, checks) as unknown as SocketServerOptions
}
