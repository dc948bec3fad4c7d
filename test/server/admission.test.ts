import { describe, expect, it, jest } from '@jest/globals'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Refusal, type SocketServerSettings } from '../../src/server/index.js'
import { createQueue, connectClient, startServer } from './support.js'

const refusalOf = async (
  options: SocketServerSettings,
  where = '/',
  headers: Record<string, string> = {},
  path?: string,
) => {
  await using running = await startServer(options, path)
  const client = await running.connect(where, { headers })
  return await client.closed
}

/** Whether a page of this origin may connect. */
const mayConnect = async (options: SocketServerSettings, origin: string, headers: Record<string, string> = {}) => {
  await using running = await startServer(options)
  const added = createQueue<string>()
  running.server.on('add', () => added.push('added'))
  const client = await running.connect('/', {
    headers: { origin: origin.replace('SELF', `127.0.0.1:${running.port}`), ...headers },
  })
  return await Promise.race([added.next(), client.closed.then(({ code }) => code)])
}

const page: StandardSchemaV1<unknown, { room: string; page: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      const { room, page: given } = value as Record<string, string>
      const number = Number(given)
      return await Promise.resolve(
        Number.isNaN(number)
          ? { issues: [{ path: ['page'], message: 'expected a number' }] }
          : { value: { room: room ?? '', page: number } },
      )
    },
  },
}

describe('params', () => {
  it('are validated from path and query together, and become connection.params', async () => {
    await using running = await startServer({ params: page }, '/rooms/:room')
    const { connection } = await connectClient(running, '/rooms/blue?page=2&room=red')
    expect(connection.params).toEqual({ room: 'blue', page: 2 })
  })

  it('close with 4400 when they are invalid', async () => {
    const closed = await refusalOf({ params: page }, '/rooms/blue?page=two', {}, '/rooms/:room')
    expect(closed).toEqual({ code: 4400, reason: 'bad parameters: page: expected a number' })
  })

  it('are texts without a schema, whatever their names', async () => {
    await using running = await startServer()
    const { connection } = await connectClient(running, '/?__proto__=x&a=1&a=2')
    expect(Object.entries(connection.params as object)).toEqual([
      ['__proto__', 'x'],
      ['a', '2'],
    ])
  })
})

describe('authorize', () => {
  it('returns the user of the connection', async () => {
    const seen = createQueue<unknown>()
    await using running = await startServer({
      authorize: async (req, { params, ip, signal }) => {
        seen.push([params, ip, signal.aborted])
        return await Promise.resolve({ name: req.headers['x-user'] } as never)
      },
    })
    const { connection } = await connectClient(running, '/?a=1', { headers: { 'x-user': 'Ada' } })
    expect(connection.user).toEqual({ name: 'Ada' })
    expect(seen.all).toEqual([[{ a: '1' }, '127.0.0.1', false]])
  })

  it.each<[string, SocketServerSettings['authorize'], { code: number; reason: string }]>([
    ['false closes with 4401', () => false, { code: 4401, reason: 'not signed in' }],
    [
      'a promise of false closes with 4401',
      async () => await Promise.resolve(false),
      { code: 4401, reason: 'not signed in' },
    ],
    [
      'a Refusal closes with its code and reason',
      () => {
        throw new Refusal(4403, 'members only')
      },
      { code: 4403, reason: 'members only' },
    ],
    [
      'a reason is cut to what fits a close frame',
      () => {
        throw new Refusal(4000, 'x'.repeat(200))
      },
      { code: 4000, reason: 'x'.repeat(123) },
    ],
    [
      'a code that must not be sent becomes 4403',
      () => {
        throw new Refusal(1006)
      },
      { code: 4403, reason: '' },
    ],
  ])('refuses a client: %s', async (_, authorize, closed) => {
    expect(await refusalOf({ ...(authorize && { authorize }) })).toEqual(closed)
  })

  it('closes with 1011 when it rejects', async () => {
    await using running = await startServer({ authorize: async () => await Promise.reject(new Error('no database')) })
    const client = await running.connect()
    expect(await client.closed).toEqual({ code: 1011, reason: 'server error' })
    expect(running.codes()).toEqual(['handler_failed'])
  })

  it('keeps messages that arrive meanwhile, and emits them after add, in order', async () => {
    const deciding = createQueue<() => void>()
    await using running = await startServer({
      authorize: async () => await new Promise<true>((resolve) => deciding.push(() => resolve(true))),
    })
    const emitted = createQueue<unknown>()
    running.server.on('add', () => emitted.push('add'))
    running.server.messages.forEach(emitted.push)
    const client = await running.connect()
    for (const message of [1, 2, 3]) client.send(message)
    // Answered by the socket itself: all before it has arrived.
    const ponged = new Promise<void>((resolve) => client.ws.once('pong', () => resolve()))
    client.ws.ping()
    await ponged
    const decide = await deciding.next()
    expect(emitted.all).toEqual([])
    decide()
    expect([await emitted.next(), await emitted.next(), await emitted.next(), await emitted.next()]).toEqual([
      'add',
      1,
      2,
      3,
    ])
  })

  it('gets an aborted signal when the client disconnects meanwhile, and nothing is added', async () => {
    const signals = createQueue<AbortSignal>()
    const deciding = createQueue<() => void>()
    await using running = await startServer({
      authorize: async (_req, { signal }) => {
        signals.push(signal)
        return await new Promise<true>((resolve) => deciding.push(() => resolve(true)))
      },
    })
    const added = jest.fn()
    running.server.on('add', added)
    const client = await running.connect()
    const signal = await signals.next()
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    client.ws.terminate()
    await aborted
    const decide = await deciding.next()
    decide()
    const second = await running.connect()
    const decideAgain = await deciding.next()
    decideAgain()
    second.ws.send('ping')
    expect(await second.next()).toBe('pong')
    expect(added).toHaveBeenCalledTimes(1)
  })
})

describe('the origin check', () => {
  it.each<[string, string, Record<string, string>, SocketServerSettings, 'added' | 4403]>([
    ['allows the same host', 'http://SELF', {}, {}, 'added'],
    ['refuses another host', 'https://evil.example', {}, {}, 4403],
    ['refuses another port', 'http://127.0.0.1:1', {}, {}, 4403],
    ['refuses a page without an origin', 'null', {}, {}, 4403],
    ['ignores a default port and upper case', 'https://Example.org', { host: 'example.ORG:443' }, {}, 'added'],
    ['allows a listed origin', 'https://app.example', {}, { origin: ['https://app.example'] }, 'added'],
    ['refuses an origin that is not listed', 'http://SELF', {}, { origin: ['https://app.example'] }, 4403],
    [
      'allows what a predicate allows',
      'https://x.example',
      {},
      { origin: (origin) => origin.endsWith('.example') },
      'added',
    ],
    ['allows every origin with false', 'https://evil.example', {}, { origin: false }, 'added'],
    [
      'uses X-Forwarded-Host behind a proxy',
      'https://app.example',
      { 'x-forwarded-host': 'app.example' },
      { trustProxy: true },
      'added',
    ],
    [
      'ignores X-Forwarded-Host without trustProxy',
      'https://app.example',
      { 'x-forwarded-host': 'app.example' },
      {},
      4403,
    ],
  ])('%s', async (_, origin, headers, options, outcome) => {
    expect(await mayConnect(options, origin, headers)).toBe(outcome)
  })

  it('allows a client without an Origin', async () => {
    await using running = await startServer()
    await expect(connectClient(running)).resolves.toBeDefined()
  })
})

describe('a secret of a request', () => {
  it('is neither printed nor sent', async () => {
    const printed: string[] = []
    jest
      .spyOn(console, 'error')
      .mockImplementation((...args: unknown[]) => void printed.push(args.map(String).join(' ')))
    const options: SocketServerSettings = {
      params: page,
      authorize: async () => await Promise.reject(new Error('no database')),
      onError: undefined as never,
    }
    for (const query of ['?token=hunter2&page=1', '?token=hunter2&page=x']) {
      const { reason } = await refusalOf(options, `/${query}`, { authorization: 'hunter2', cookie: 'hunter2' })
      expect(reason).not.toContain('hunter2')
    }
    expect(printed).toEqual([expect.stringContaining('handler_failed')])
    expect(printed.join()).not.toContain('hunter2')
  })
})
