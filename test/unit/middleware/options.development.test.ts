import { describe, expect, it } from '@jest/globals'
import { createSocketActions, json, text } from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { createHeldServer } from '../../support/heldServer.js'

/** What creating the middleware with these options throws. */
const refusalOf = (options: unknown): { code: unknown; message: string } => {
  try {
    createSocketMiddleware(options as object)
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string }
    return { code, message }
  }
  throw new Error(`${JSON.stringify(options)} was taken`)
}

const sentence = (name: string, expected: string, came: string): object => ({
  code: 'invalid_option',
  message: `createSocketMiddleware: expected the option "${name}" to be ${expected}, got ${came}.`,
})

const { WebSocket: SomeSocket } = createHeldServer()

describe('an option that is well formed', () => {
  it.each<[name: string, value: unknown]>([
    ['actions', createSocketActions('prices')],
    ['url', 'wss://a.example'],
    ['url', new URL('wss://a.example')],
    ['url', async () => 'wss://a.example'],
    ['path', '/live'],
    ['params', { token: 'a', page: 1, all: true, none: null, left: undefined }],
    ['params', () => ({})],
    ['protocols', 'v1'],
    ['protocols', ['v2', 'v1']],
    ['protocols', () => 'v1'],
    ['WebSocket', SomeSocket],
    ['codec', json()],
    ['codecs', [json(), text()]],
    ['binary', { maxBytes: 1, maxCount: 1 }],
    ['accept', 'a'],
    ['accept', /a/],
    ['accept', []],
    ['accept', ['a', /b/, () => true, createSocketActions().opened]],
    ['forward', /a/],
    ['toActions', () => undefined],
    ['reserved', ['api/']],
    ['respondToPing', false],
    ['respondToPing', {}],
    ['respondToPing', { ping: '?', pong: '!' }],
    ['onOpen', () => {}],
    ['heartbeat', { interval: 25_000, timeout: 5_000 }],
    ['heartbeat', { interval: 1, timeout: Infinity, message: '?', reply: '!' }],
    ['heartbeat', { interval: 1_000, timeout: 2_000, message: new Uint8Array([9]), reply: () => true }],
    ['heartbeat', { interval: 1_000, timeout: 2_000, message: false }],
    ['handshake', () => {}],
    ['handshake', async () => {}],
    ['lazy', true],
    ['lazy', false],
    ['idleTimeout', 0],
    ['idleTimeout', Infinity],
    ['reconnect', false],
    ['reconnect', {}],
    ['reconnect', { backoff: () => 1, maxRetries: 0, minUptime: 0, shouldReconnect: () => true, random: () => 0 }],
    ['reconnect', { maxRetries: Infinity }],
    ['connectTimeout', 0],
    ['connectTimeout', Infinity],
    ['closeTimeout', 1.5],
    ['queue', false],
    ['queue', { maxMessages: 0, maxBytes: Infinity, ttl: 0, overflow: 'drop-oldest' }],
    ['queue', { highWaterMark: 0 }],
    ['queue', { highWaterMark: Infinity }],
    ['autoBatch', false],
    ['maxMessageBytes', 0],
  ])('is accepted: %s: %p', (name, value) => {
    expect(() => createSocketMiddleware({ [name]: value })).not.toThrow()
  })

  it('may be missing', () => {
    expect(() => createSocketMiddleware()).not.toThrow()
    expect(() => createSocketMiddleware({})).not.toThrow()
  })
})

describe('an option that is malformed', () => {
  it.each<[name: string, expected: string, value: unknown, came: string]>([
    ['actions', 'a set of createSocketActions()', 'prices', '"prices"'],
    ['actions', 'a set of createSocketActions()', { name: 'prices' }, 'an object'],
    ['url', 'a string, a URL or a function', 42, '42'],
    ['url', 'a string, a URL or a function', null, 'null'],
    ['url', 'a string, a URL or a function', { href: 'ws://a' }, 'an object'],
    ['path', 'a string', 1, '1'],
    ['params', 'an object, URLSearchParams or a function', 'a=1', '"a=1"'],
    ['params', 'an object, URLSearchParams or a function', ['a'], 'an array'],
    ['params', 'an object, URLSearchParams or a function', null, 'null'],
    ['protocols', 'a string, a secret(), an array of these or a function', 1, '1'],
    ['WebSocket', 'a WebSocket class', {}, 'an object'],
    ['codec', 'a codec such as json()', json, 'a function'],
    ['codec', 'a codec such as json()', { encode: () => '' }, 'an object'],
    ['codecs', 'an array of codecs, without those of framed()', json(), 'an object'],
    ['codecs', 'an array of codecs, without those of framed()', [], 'an array'],
    ['codecs', 'an array of codecs, without those of framed()', [json], 'an array'],
    ['toActions', 'a function', [], 'an array'],
    ['reserved', 'an array of strings', 'api/', '"api/"'],
    ['reserved', 'an array of strings', ['api/', 1], 'an array'],
    ['reserved', 'an array of strings', [/api/], 'an array'],
    ['respondToPing', 'an object, a function or false', true, 'true'],
    ['respondToPing', 'an object, a function or false', 'ping', '"ping"'],
    ['respondToPing.ping', 'a string', 1, '1'],
    ['respondToPing.pong', 'a string', null, 'null'],
    ['onOpen', 'a function', true, 'true'],
    ['heartbeat', 'an object with "interval" and "timeout" in milliseconds', true, 'true'],
    ['heartbeat', 'an object with "interval" and "timeout" in milliseconds', 25_000, '25000'],
    ['heartbeat', 'an object with "interval" and "timeout" in milliseconds', [], 'an array'],
    ['handshake', 'a function', {}, 'an object'],
    ['protocol', 'a protocol of jsonRpc() or createProtocol()', { commands: {} }, 'an object'],
    ['handshake', 'a function', 'token', '"token"'],
    ['lazy', 'true or false', 1, '1'],
    ['lazy', 'true or false', {}, 'an object'],
    ['idleTimeout', 'a number of milliseconds, 0 or more', '60s', '"60s"'],
    ['idleTimeout', 'a number of milliseconds, 0 or more', Number.NaN, 'NaN'],
    ['idleTimeout', 'a number of milliseconds, 0 or more', false, 'false'],
    ['reconnect', 'an object or false', true, 'true'],
    ['reconnect', 'an object or false', 3, '3'],
    ['reconnect.backoff', 'a function', 1000, '1000'],
    ['reconnect.maxRetries', 'a number, 0 or more', -1, '-1'],
    ['reconnect.maxRetries', 'a number, 0 or more', '3', '"3"'],
    ['reconnect.minUptime', 'a number of milliseconds, 0 or more', Number.NaN, 'NaN'],
    ['reconnect.shouldReconnect', 'a function', false, 'false'],
    ['reconnect.random', 'a function', 0.5, '0.5'],
    ['connectTimeout', 'a number of milliseconds, 0 or more', '10s', '"10s"'],
    ['connectTimeout', 'a number of milliseconds, 0 or more', Number.NaN, 'NaN'],
    ['closeTimeout', 'a number of milliseconds, 0 or more', -1, '-1'],
    ['closeTimeout', 'a number of milliseconds, 0 or more', 1n, '1'],
    ['queue', 'an object or false', 10, '10'],
    ['queue', 'an object or false', true, 'true'],
    ['queue.maxMessages', 'a number, 0 or more', null, 'null'],
    ['queue.maxBytes', 'a number, 0 or more', '1MB', '"1MB"'],
    ['queue.ttl', 'a number of milliseconds, 0 or more', -1, '-1'],
    ['queue.highWaterMark', 'a number, 0 or more', -1, '-1'],
    ['queue.highWaterMark', 'a number, 0 or more', '1MB', '"1MB"'],
    ['queue.overflow', "'drop-newest' or 'drop-oldest'", 'drop', '"drop"'],
    ['autoBatch', 'true or false', 1, '1'],
    ['maxMessageBytes', 'a number, 0 or more', '8MB', '"8MB"'],
  ])('%s throws an error that says what was expected (%s) and what came: %p', (name, expected, value, came) => {
    const [option = '', part] = name.split('.')
    const options = { [option]: part === undefined ? value : { [part]: value } }
    expect(refusalOf(options)).toEqual(sentence(name, expected, came))
  })

  it.each<[part: string, value: unknown, came: string]>([
    ['interval', '25s', '"25s"'],
    ['interval', -1, '-1'],
    ['timeout', null, 'null'],
    ['timeout', Number.NaN, 'NaN'],
    ['reply', /pong/, 'an object'],
    ['reply', true, 'true'],
  ])('heartbeat.%s throws an error that says what came: %p', (part, value, came) => {
    const { code, message } = refusalOf({ heartbeat: { interval: 25_000, timeout: 5_000, [part]: value } })
    expect(code).toBe('invalid_option')
    expect(message).toMatch(new RegExp(`the option "heartbeat.${part}" to be a .+, got ${came}\\.$`))
  })

  it.each<[option: string, rule: unknown, came: string]>([
    ['accept', 42, '42'],
    ['accept', null, 'null'],
    ['accept', ['a', {}], 'an object'],
    ['forward', [undefined], 'undefined'],
    ['forward', { type: 'a', match: 'a' }, 'an object'],
  ])('%s throws at creation when a rule is malformed: %p', (option, rule, came) => {
    const { code, message } = refusalOf({ [option]: rule })
    expect(code).toBe('invalid_option')
    expect(message).toMatch(new RegExp(`"${option}".* action creators, types, RegExps or predicates, got ${came}\\.$`))
  })

  it('is shown in part only when it is a long text', () => {
    expect(refusalOf({ queue: 'x'.repeat(10_000) }).message.length).toBeLessThan(200)
  })

  it.each([
    [null, 'null'],
    [[], 'an array'],
    ['wss://a.example', '"wss://a.example"'],
  ])('is reported also in place of the options: %p', (options, came) => {
    expect(refusalOf(options)).toEqual({
      code: 'invalid_option',
      message: `createSocketMiddleware: expected an object of options, got ${came}.`,
    })
  })
})

describe('an option that does not exist', () => {
  it.each<[given: string, meant: string]>([
    ['conectTimeout', 'connectTimeout'],
    ['websocket', 'WebSocket'],
    ['Url', 'url'],
    ['maxRetries', 'reconnect'],
  ])('%s throws an error that lists the names that exist, among them %s', (given, meant) => {
    const { code, message } = refusalOf({ [given]: 1 })
    expect(code).toBe('invalid_option')
    expect(message).toContain(`unknown option "${given}"`)
    expect(message).toMatch(new RegExp(`\\b${meant}\\b`))
  })

  it.each<[group: string, given: string, meant: string]>([
    ['reconnect', 'maxRetry', 'maxRetries'],
    ['queue', 'size', 'maxMessages'],
    ['respondToPing', 'request', 'ping'],
    ['heartbeat', 'isReply', 'reply'],
  ])('inside another throws an error with both names: %s.%s', (group, given, meant) => {
    const { message } = refusalOf({ [group]: { [given]: 1 } })
    expect(message).toContain(`unknown option "${group}.${given}"`)
    expect(message).toContain(meant)
  })

  it.each(['sharedWorker'])('of a later version throws too: %s', (name) => {
    expect(refusalOf({ [name]: {} }).message).toContain(`unknown option "${name}"`)
  })

  it.each(['constructor', 'toString', '__proto__'])(
    'throws also when every object has a property of that name: %s',
    (name) => {
      const options: unknown = JSON.parse(`{"${name}":1}`)
      expect(refusalOf(options).message).toContain(`unknown option "${name}"`)
    },
  )
})

describe('an option that is undefined', () => {
  const names = [
    'actions',
    'url',
    'path',
    'params',
    'protocols',
    'WebSocket',
    'codec',
    'codecs',
    'schema',
    'binary',
    'accept',
    'toActions',
    'reserved',
    'forward',
    'respondToPing',
    'onOpen',
    'heartbeat',
    'handshake',
    'protocol',
    'lazy',
    'idleTimeout',
    'reconnect',
    'connectTimeout',
    'closeTimeout',
    'queue',
    'autoBatch',
    'maxMessageBytes',
  ]

  it.each(names)('counts as not given: %s', (name) => {
    expect(() => createSocketMiddleware({ [name]: undefined })).not.toThrow()
  })

  it.each([
    ['respondToPing', ['ping', 'pong']],
    ['binary', ['maxBytes', 'maxCount']],
    ['reconnect', ['backoff', 'maxRetries', 'minUptime', 'shouldReconnect', 'random']],
    ['queue', ['maxMessages', 'maxBytes', 'ttl', 'overflow', 'highWaterMark']],
  ])('counts as not given inside %s', (group, parts) => {
    const value = Object.fromEntries(parts.map((part) => [part, undefined]))
    expect(() => createSocketMiddleware({ [group]: value })).not.toThrow()
  })
})
