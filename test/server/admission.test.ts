import { describe, expect, it, jest } from '@jest/globals'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Refusal, type SocketServerOptions } from '../../src/server/index.js'
import { createQueue, meet, run } from './support.js'

const refusalOf = async (
  options: SocketServerOptions,
  where = '/',
  headers: Record<string, string> = {},
  path?: string,
) => {
  await using running = await run(options, path)
  const client = await running.dial(where, { headers })
  return await client.closed
}

/** Whether a page of this origin may connect. */
const mayConnect = async (options: SocketServerOptions, origin: string, headers: Record<string, string> = {}) => {
  await using running = await run(options)
  const added = createQueue<string>()
  running.server.on('add', () => added.push('added'))
  const client = await running.dial('/', {
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

describe('D6 parameters', () => {
  it('of path and query are checked, turned into values, and at hand', async () => {
    await using running = await run({ params: page }, '/rooms/:room')
    const { connection } = await meet(running, '/rooms/blue?page=2&room=red')
    expect(connection.params).toEqual({ room: 'blue', page: 2 })
  })

  it('that are bad reach a browser as 4400', async () => {
    const closed = await refusalOf({ params: page }, '/rooms/blue?page=two', {}, '/rooms/:room')
    expect(closed).toEqual({ code: 4400, reason: 'bad parameters: page: expected a number' })
  })

  it('without a schema are texts, also strange ones', async () => {
    await using running = await run()
    const { connection } = await meet(running, '/?__proto__=x&a=1&a=2')
    expect(Object.entries(connection.params as object)).toEqual([
      ['__proto__', 'x'],
      ['a', '2'],
    ])
  })
})

describe('authorize', () => {
  it('gives the connection its user', async () => {
    const seen = createQueue<unknown>()
    await using running = await run({
      authorize: async (req, { params, ip, signal }) => {
        seen.push([params, ip, signal.aborted])
        return await Promise.resolve({ name: req.headers['x-user'] } as never)
      },
    })
    const { connection } = await meet(running, '/?a=1', { headers: { 'x-user': 'Ada' } })
    expect(connection.user).toEqual({ name: 'Ada' })
    expect(seen.all).toEqual([[{ a: '1' }, '127.0.0.1', false]])
  })

  it.each<[string, SocketServerOptions['authorize'], { code: number; reason: string }]>([
    ['false is 4401', () => false, { code: 4401, reason: 'not signed in' }],
    ['a promise of false too', async () => await Promise.resolve(false), { code: 4401, reason: 'not signed in' }],
    [
      'a Refusal says with what',
      () => {
        throw new Refusal(4403, 'members only')
      },
      { code: 4403, reason: 'members only' },
    ],
    [
      'its words are cut to what a close frame holds',
      () => {
        throw new Refusal(4000, 'x'.repeat(200))
      },
      { code: 4000, reason: 'x'.repeat(123) },
    ],
    [
      'a code that may not be sent is 4403',
      () => {
        throw new Refusal(1006)
      },
      { code: 4403, reason: '' },
    ],
  ])('refuses: %s', async (_, authorize, closed) => {
    expect(await refusalOf({ ...(authorize && { authorize }) })).toEqual(closed)
  })

  it('that fails lets nobody in, and the client may come again', async () => {
    await using running = await run({ authorize: async () => await Promise.reject(new Error('no database')) })
    const client = await running.dial()
    expect(await client.closed).toEqual({ code: 1011, reason: 'server error' })
    expect(running.codes()).toEqual(['handler_failed'])
  })

  it('keeps what comes meanwhile, and delivers it after add, in order', async () => {
    const deciding = createQueue<() => void>()
    await using running = await run({
      authorize: async () => await new Promise<never>((resolve) => deciding.push(resolve as never)),
    })
    const told = createQueue<unknown>()
    running.server.on('add', () => told.push('add'))
    running.server.messages.forEach(told.push)
    const client = await running.dial()
    for (const message of [1, 2, 3]) client.send(message)
    // Answered by the socket itself: all before it has arrived.
    const ponged = new Promise<void>((resolve) => client.ws.once('pong', () => resolve()))
    client.ws.ping()
    await ponged
    const decide = await deciding.next()
    expect(told.all).toEqual([])
    decide()
    expect([await told.next(), await told.next(), await told.next(), await told.next()]).toEqual(['add', 1, 2, 3])
  })

  it('whose client leaves meanwhile is told, and adds nothing', async () => {
    const signals = createQueue<AbortSignal>()
    const deciding = createQueue<() => void>()
    await using running = await run({
      authorize: async (_req, { signal }) => {
        signals.push(signal)
        return await new Promise<never>((resolve) => deciding.push(resolve as never))
      },
    })
    const added = jest.fn()
    running.server.on('add', added)
    const client = await running.dial()
    const signal = await signals.next()
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    client.ws.terminate()
    await aborted
    const decide = await deciding.next()
    decide()
    const second = await running.dial()
    const decideAgain = await deciding.next()
    decideAgain()
    second.ws.send('ping')
    expect(await second.next()).toBe('pong')
    expect(added).toHaveBeenCalledTimes(1)
  })
})

describe('the origin check', () => {
  it.each<[string, string, Record<string, string>, SocketServerOptions, 'added' | 4403]>([
    ['the same host may', 'http://SELF', {}, {}, 'added'],
    ['another may not', 'https://evil.example', {}, {}, 4403],
    ['nor another port', 'http://127.0.0.1:1', {}, {}, 4403],
    ['nor a page without an origin', 'null', {}, {}, 4403],
    ['a default port and capitals are no difference', 'https://Example.org', { host: 'example.ORG:443' }, {}, 'added'],
    ['a list says who', 'https://app.example', {}, { origin: ['https://app.example'] }, 'added'],
    ['and who not', 'http://SELF', {}, { origin: ['https://app.example'] }, 4403],
    ['a predicate too', 'https://x.example', {}, { origin: (origin) => origin.endsWith('.example') }, 'added'],
    ['false lets all in', 'https://evil.example', {}, { origin: false }, 'added'],
    [
      'behind a proxy its word counts',
      'https://app.example',
      { 'x-forwarded-host': 'app.example' },
      { trustProxy: true },
      'added',
    ],
    ['without a proxy it does not', 'https://app.example', { 'x-forwarded-host': 'app.example' }, {}, 4403],
  ])('%s', async (_, origin, headers, options, outcome) => {
    expect(await mayConnect(options, origin, headers)).toBe(outcome)
  })

  it('no origin is no browser, and may', async () => {
    await using running = await run()
    await expect(meet(running)).resolves.toBeDefined()
  })
})

describe('a secret', () => {
  it('in query or headers is in no log and no error', async () => {
    const printed: string[] = []
    jest
      .spyOn(console, 'error')
      .mockImplementation((...args: unknown[]) => void printed.push(args.map(String).join(' ')))
    const options: SocketServerOptions = {
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
