import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { Refusal, RpcError, type SocketServerSettings } from '../../../src/server/index.js'
import { connectClient, startOnHttp, startServer, upgradeAt } from '../../server/support.js'

/** Starts a server whose `authorize` returns a value that the types refuse. */
const returning = (verdict: unknown): SocketServerSettings => ({ authorize: () => verdict as never })

/** A Refusal as another copy of the package would throw it. */
const foreignRefusal = (): Error =>
  Object.assign(new Error('x'), { name: 'Refusal', code: 4403, reason: 'members only' })

describe('authorize', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an empty text', ''],
    ['NaN', NaN],
    ['0', 0],
    ['-0', -0],
    ['0n', 0n],
    ['a symbol', Symbol('yes')],
    ['a function', () => true],
    ['an empty list', []],
    ['a list', [{ id: 1 }]],
    ['a Map', new Map([['id', 1]])],
    ['a Response that is not ok', new Response(null, { status: 401 })],
    ['{ ok: false }', { ok: false, id: 1 }],
    ['{ ok: undefined }', { ok: undefined }],
    ['a promise of undefined', Promise.resolve(undefined)],
    ['an async generator', (async function* () {})()],
  ])('refuses with 4401 and reports it once when it returns %s', async (_, verdict) => {
    await using running = await startServer(returning(verdict))
    for (let count = 0; count < 2; count++) {
      expect(await (await running.connect()).closed).toEqual({ code: 4401, reason: 'not signed in' })
    }
    expect(running.codes()).toEqual(['invalid_verdict'])
    expect(running.server.connections.size).toBe(0)
  })

  it.each<[string, unknown, { code: number; reason: string }, string[]]>([
    ['a Refusal', new Refusal(4403, 'members only'), { code: 4403, reason: 'members only' }, []],
    ['a promise of a Refusal', Promise.resolve(new Refusal(4403, 'x')), { code: 4403, reason: 'x' }, []],
    ['a Refusal of another copy', foreignRefusal(), { code: 4403, reason: 'members only' }, []],
    ['an Error', new Error('secret'), { code: 1011, reason: 'server error' }, ['handler_failed']],
    [
      'an Error of another realm',
      runInNewContext('new Error("x")'),
      { code: 1011, reason: 'server error' },
      ['handler_failed'],
    ],
    ['false', false, { code: 4401, reason: 'not signed in' }, []],
  ])('refuses when it returns %s', async (_, verdict, closed, codes) => {
    await using running = await startServer(returning(verdict))
    expect(await (await running.connect()).closed).toEqual(closed)
    expect(running.codes()).toEqual(codes)
  })

  it.each([[true], ['Ada'], [7], [7n], [{ name: 'Ada' }], [{ ok: true }], [Object.create(null) as object]])(
    'lets a client in when it returns %p',
    async (user) => {
      await using running = await startServer({ authorize: () => user })
      expect((await connectClient(running)).connection.user).toBe(user)
    },
  )

  it.each([[undefined], [null], [''], [new Refusal(4401)], [[]]])(
    'refuses a call over HTTP when it returns %p',
    async (verdict) => {
      await using running = await startOnHttp(undefined, returning(verdict))
      running.http.removeAllListeners('request').on('request', (req, res) => void running.server.handleHttp(req, res))
      running.server.methods({ secret: () => 1 })
      const response = await fetch(running.origin, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","id":1,"method":"secret"}',
      })
      expect(response.status).toBe(401)
    },
  )

  it('shows no text that it returned in a report', async () => {
    await using running = await startServer({ authorizeChannel: () => 'a secret' as never })
    const { client } = await connectClient(running)
    await client.request('subscribe', ['a'])
    expect(JSON.stringify(running.problems.all)).not.toContain('secret')
  })
})

describe('authorizeChannel', () => {
  it.each<[string, unknown, number, string[]]>([
    ['false', false, -32003, []],
    ['undefined', undefined, -32003, ['invalid_verdict']],
    ['a text', 'denied', -32003, ['invalid_verdict']],
    ['1', 1, -32003, ['invalid_verdict']],
    ['an object', { error: 'denied' }, -32003, ['invalid_verdict']],
    ['a promise of a text', Promise.resolve('denied'), -32003, ['invalid_verdict']],
    ['an RpcError', new RpcError(4711, 'denied'), 4711, []],
    ['a Refusal', new Refusal(4403, 'denied'), -32003, []],
    ['an Error', new Error('denied'), -32603, ['handler_failed']],
  ])('refuses a subscription when it returns %s', async (_, verdict, code, codes) => {
    await using running = await startServer({ authorizeChannel: () => verdict as never })
    const { client, connection } = await connectClient(running)
    expect((await client.request('subscribe', ['news'])).error?.code).toBe(code)
    expect(connection.subscriptions).toEqual([])
    expect(await running.server.publish('news', 1)).toEqual({ reached: 0 })
    expect(running.codes()).toEqual(codes)
  })
})

describe('verifyClient', () => {
  it.each<[string, SocketServerSettings['verifyClient'], RegExp, string[]]>([
    ['returns a promise', async () => await Promise.resolve(false), /401/, ['invalid_verdict']],
    ['returns a text', () => 'no', /401/, ['invalid_verdict']],
    ['returns false', () => false, /401/, []],
    ['calls back with a text', (_info, done) => done('no' as never), /401/, ['invalid_verdict']],
    ['calls back with false and a status', (_info, done) => done(false, 418), /418/, []],
    [
      'rejects',
      async (_info: unknown, _done: unknown) => await Promise.reject(new Error('x')),
      /500/,
      ['handler_failed'],
    ],
  ])('refuses an upgrade when it %s', async (_, verifyClient, status, codes) => {
    await using running = await startServer({ verifyClient })
    expect(await upgradeAt(running.port, '/')).toMatch(status)
    expect(running.codes()).toEqual(codes)
  })

  it('is asked once for each upgrade, and what follows its decision is ignored', async () => {
    await using running = await startServer({
      verifyClient: (async (_info: unknown, done: (verdict: boolean) => void) => {
        done(true)
        done(true)
        await Promise.reject(new Error('late'))
      }) as never,
    })
    const { client } = await connectClient(running)
    running.server.methods({ echo: (params: unknown) => params })
    expect((await client.request('echo', 1)).result).toBe(1)
    expect(running.codes()).toEqual(['handler_failed'])
  })
})
