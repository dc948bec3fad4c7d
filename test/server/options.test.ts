import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { WebSocket, WebSocketServer } from 'ws'
import { createSocketServer, json, shareSocketServer, type SocketServerOptions } from '../../src/server/index.js'
import { startServer } from './support.js'

const create = (options: unknown, ...more: unknown[]) => createSocketServer(options as never, ...(more as []))

/** The text of the error that malformed options throw. */
const refusalOf = (options: unknown, ...more: unknown[]): string => {
  try {
    create(options, ...more)
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_option' })
    return (error as Error).message
  }
  throw new Error('the options are valid')
}

describe('the target of createSocketServer', () => {
  const http = createServer()

  it.each<[unknown, string]>([
    [undefined, 'expected one object of options, got undefined'],
    [null, 'expected one object of options, got null'],
    ['80', 'expected one object of options, got "80"'],
    [[], 'expected one object of options, got an array'],
    [{}, 'got none of them'],
    [{ noServer: false }, 'got none of them'],
    [{ port: undefined }, 'got none of them'],
    [{ port: 0, server: http }, 'got "port" and "server"'],
    [{ port: 0, noServer: true }, 'got "port" and "noServer: true"'],
    [{ server: http, noServer: true }, 'got "server" and "noServer: true"'],
    [{ port: '8080' }, 'the option "port" to be an integer from 0 to 65535'],
    [{ port: 65_536 }, 'the option "port"'],
    [{ port: -1 }, 'the option "port"'],
    [{ port: NaN }, 'the option "port"'],
    [{ port: null, server: http }, 'the option "port"'],
    [{ server: {} }, 'the option "server" to be a server of node:http or node:https'],
    [{ port: 0, host: 1 }, 'the option "host"'],
    [{ port: 0, host: '' }, 'the option "host"'],
    [{ server: http, host: '127.0.0.1' }, 'the option "host" only beside "port"'],
    [{ noServer: true, backlog: 1 }, 'the option "backlog" only beside "port"'],
    [{ noServer: true, path: 'live' }, 'the option "path"'],
    [{ noServer: true, path: '/live?a=1' }, 'the option "path"'],
    [{ noServer: true, path: '/rooms/:' }, 'the option "path"'],
    [{ noServer: true, path: '/:id/:id' }, 'the option "path"'],
    [{ noServer: true, path: '' }, 'the option "path"'],
  ])('throws invalid_option for %p', (options, text) => {
    expect(refusalOf(options)).toContain(text)
  })

  it('is in the same object as the other options: a second argument throws', () => {
    expect(refusalOf({ noServer: true }, { authorize: () => false })).toContain('got 2 arguments')
  })

  it('may have noServer: false beside a port', async () => {
    const server = createSocketServer({ port: 0, host: '127.0.0.1', noServer: false })
    await server.ready
    expect(server.port).toBeGreaterThan(0)
    await server.close()
  })
})

describe('the options of createSocketServer', () => {
  it.each<[string, unknown]>([
    ['codec', {}],
    ['codec', []],
    ['codec', { encode: () => '' }],
    ['schema', { receive: 1 }],
    ['schema', []],
    ['params', {}],
    ['authorize', true],
    ['authorize', null],
    ['authorizeChannel', 'news'],
    ['origin', 'https://a.example'],
    ['origin', ['a.example']],
    ['origin', ['localhost:3000']],
    ['origin', ['*']],
    ['origin', [1]],
    ['trustProxy', 1.5],
    ['trustProxy', '1'],
    ['maxPayload', '1mb'],
    ['maxPayload', NaN],
    ['rate', 100],
    ['rate', true],
    ['slowConsumer', 'wait'],
    ['pingInterval', -1],
    ['invalid', 'throw'],
    ['ping', true],
    ['bus', {}],
    ['bus', { publish: () => {} }],
    ['channels', { a: 1 }],
    ['channels', [() => {}]],
    ['handler', 1],
    ['verifyClient', true],
    ['handleProtocols', 'chat'],
    ['maxFragments', '5'],
    ['maxPendingAutoPongs', -1],
    ['maxBufferedChunks', {}],
    ['autoPong', 'no'],
    ['perMessageDeflate', 'yes'],
    ['perMessageDeflate', null],
    ['skipUTF8Validation', 1],
    ['clientTracking', 0],
    ['allowSynchronousEvents', 'x'],
    ['WebSocket', {}],
  ])('throw invalid_option when %s is %p', (name, value) => {
    const text = refusalOf({ noServer: true, [name]: value })
    expect(text).toMatch(
      new RegExp(`^createSocketServer: expected the option "${name}(\\.\\w+)?" to be .+, got .+\\.$`),
    )
  })

  it.each<[string, object]>([
    ['autorize', { autorize: () => false }],
    ['schema.recieve', { schema: { recieve: {} } }],
    ['rate.persecond', { rate: { persecond: 1 } }],
    ['ping.response', { ping: { response: 'pong' } }],
    ['perMessageDeflate.treshold', { perMessageDeflate: { treshold: 1 } }],
    ['perMessageDeflate.zlibDeflateOptions.lvl', { perMessageDeflate: { zlibDeflateOptions: { lvl: 1 } } }],
    ['__proto__', JSON.parse('{ "__proto__": { "authorize": 1 } }') as object],
    ['constructor', { constructor: 1 }],
  ])('throw invalid_option for the unknown name %s, and list those that are known', (name, options) => {
    const given = Object.defineProperties(options, { noServer: { value: true, enumerable: true } })
    expect(refusalOf(given)).toContain(`unknown option "${name}"; expected one of `)
  })

  it.each<[string, object]>([
    ['rate.burst', { rate: { burst: '5' } }],
    ['rate.perSecond', { rate: { perSecond: NaN } }],
    ['ping.request', { ping: { request: 1 } }],
    ['schema.send', { schema: { send: () => true } }],
    ['perMessageDeflate.threshold', { perMessageDeflate: { threshold: '1kb' } }],
    ['perMessageDeflate.serverMaxWindowBits', { perMessageDeflate: { serverMaxWindowBits: 16 } }],
    [
      'perMessageDeflate.zlibInflateOptions.chunkSize',
      { perMessageDeflate: { zlibInflateOptions: { chunkSize: '1' } } },
    ],
  ])('throw invalid_option when %s is malformed', (name, options) => {
    expect(refusalOf({ noServer: true, ...options })).toContain(`expected the option "${name}" to be `)
  })

  it('may be inherited, and undefined counts as left out', async () => {
    const base: Partial<SocketServerOptions> = { authorize: () => false }
    const options = Object.assign(Object.create(base) as object, { port: 0, host: '127.0.0.1', codec: undefined })
    const server = create(options)
    await server.ready
    const ws = new WebSocket(`ws://127.0.0.1:${String(server.port)}`)
    const code = await new Promise((resolve) => ws.once('close', resolve))
    expect(code).toBe(4401)
    await server.close()
  })

  it('include all options of ws, which are passed on', async () => {
    const { options } = new WebSocketServer({ noServer: true }) as unknown as { options: Record<string, unknown> }
    const target = new Set(['port', 'host', 'backlog', 'server', 'noServer', 'path'])
    const defaults = Object.entries(options).filter(([name, value]) => value !== null && !target.has(name))
    expect(defaults.length).toBeGreaterThan(10)
    await using running = await startServer({ ...Object.fromEntries(defaults), maxFragments: 2 })
    const client = await running.connect()
    for (const last of [false, false, true]) client.ws.send('x', { fin: last })
    expect((await client.closed).code).toBe(1008)
  })
})

describe('the options of shareSocketServer().init', () => {
  const http = createServer()

  it.each<[unknown, string]>([
    [{ autorize: () => false }, 'unknown option "autorize"'],
    [{ server: http }, 'options without "server"'],
    [{ port: 0 }, 'got "port" and "server"'],
    [{ noServer: true }, 'got "server" and "noServer: true"'],
    ['/ws', 'expected'],
    [null, 'expected'],
  ])('throw invalid_option for %p', (options, text) => {
    expect(() => shareSocketServer().init(http, options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(text) }),
    )
    expect(http.listenerCount('upgrade')).toBe(0)
  })

  it('serve /ws also when path is undefined', async () => {
    const server = shareSocketServer().init(http, { path: undefined, codec: json() } as never)
    expect(http.listenerCount('upgrade')).toBe(1)
    await server.close()
  })
})
