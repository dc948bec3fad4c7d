import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { Refusal, type AuthorizeContext, type CallContext, type SocketServerSettings } from '../../src/server/index.js'
import { connectClient, createQueue, startOnHttp, startServer } from './support.js'

interface User {
  readonly id: string
  readonly name?: string
  readonly expiresAt?: number
}

const HOUR = 3_600_000

/** A server whose users come from credentials, and whose first one is Ada for an hour. */
const start = async (authorize: (context: AuthorizeContext) => unknown, more: SocketServerSettings = {}) => {
  const running = await startServer({
    authorize: ((_req: unknown, context: AuthorizeContext) =>
      context.credentials === undefined
        ? { id: 'ada', name: 'at first', expiresAt: Date.now() + HOUR }
        : authorize(context)) as never,
    userId: (user) => (user as User).id,
    ...more,
  })
  running.server.methods({ who: (_params: unknown, { user }: CallContext) => (user as User).name ?? user })
  const { client, connection } = await connectClient(running)
  return {
    ...running,
    client,
    connection,
    authenticate: async (credentials?: unknown) =>
      await client.request('$/authenticate', credentials === undefined ? {} : { credentials }),
  }
}

/** Whether a time is that many milliseconds from now. */
const around = (ms: number) => ({
  asymmetricMatch: (value: unknown) => typeof value === 'number' && Math.abs(value - ms) < 10_000,
})

const authorization = (ms: number) => ({
  expiresAt: around(Date.now() + ms),
  expiresIn: around(ms),
})

describe('$/authenticate without credentials', () => {
  it('tells until when the client is authorised', async () => {
    await using running = await start(() => false)
    expect(await running.authenticate()).toMatchObject({ result: authorization(HOUR) })
    expect(await running.client.request('$/authenticate')).toMatchObject({ result: authorization(HOUR) })
  })

  it('tells null where the authorisation has no end', async () => {
    await using running = await start(() => false, { authorize: () => ({ id: 'ada' }) })
    expect(await running.authenticate()).toMatchObject({ result: { expiresAt: null, expiresIn: null } })
  })
})

describe('$/authenticate with credentials', () => {
  it('asks "authorize" again, with the credentials and the request that opened the connection', async () => {
    const contexts = createQueue<AuthorizeContext>()
    await using running = await start((context) => {
      contexts.push(context)
      return { id: 'ada', name: 'again', expiresAt: Date.now() + 2 * HOUR }
    })
    expect(await running.authenticate({ token: 'fresh' })).toMatchObject({ result: authorization(2 * HOUR) })
    expect(await contexts.next()).toMatchObject({ credentials: { token: 'fresh' }, ip: '127.0.0.1', params: {} })
    expect(running.connection.user).toMatchObject({ name: 'again' })
    expect(await running.client.request('who')).toMatchObject({ result: 'again' })
    expect(await running.authenticate()).toMatchObject({ result: authorization(2 * HOUR) })
    expect(running.server.user('ada').connections).toEqual([running.connection])
  })

  it('moves the time at which the connection is closed with 4401', async () => {
    await using running = await start(({ credentials }) => ({ id: 'ada', expiresAt: Date.now() + Number(credentials) }))
    expect(await running.authenticate(40)).toMatchObject({ result: expect.anything() })
    expect(await running.client.closed).toEqual({ code: 4401, reason: 'the authorization has expired' })
  })

  it.each([
    ['refuses', () => false, { code: -32003, message: 'not signed in', data: { code: 4401 } }],
    [
      'throws a Refusal',
      () => {
        throw new Refusal(4403, 'banned')
      },
      { code: -32003, message: 'banned', data: { code: 4403 } },
    ],
    [
      'returns a user whose authorisation has expired',
      () => ({ id: 'ada', expiresAt: Date.now() - 1 }),
      { code: -32003, message: 'the authorization has expired', data: { code: 4401 } },
    ],
    [
      'returns another user',
      () => ({ id: 'bob', name: 'Bob' }),
      { code: -32003, message: expect.stringContaining('another user'), data: { code: 4403 } },
    ],
  ])('is answered with an error where "authorize" %s, and changes nothing', async (_what, authorize, error) => {
    await using running = await start(authorize)
    expect(await running.authenticate('x')).toMatchObject({ error })
    expect(running.connection.user).toMatchObject({ name: 'at first' })
    expect(await running.authenticate()).toMatchObject({ result: authorization(HOUR) })
    expect(running.server.user('bob').connections).toEqual([])
    expect(running.codes()).toEqual([])
  })

  it('is answered with −32603 where "authorize" throws, without the text', async () => {
    await using running = await start(() => {
      throw new Error('the database is at 10.0.0.1')
    })
    const { error } = await running.authenticate('x')
    expect(error).toEqual({ code: -32603, message: 'Internal error' })
    expect(running.codes()).toEqual(['handler_failed'])
    expect(running.connection.isOpen).toBe(true)
  })

  it('is answered with −32003 when "authorize" takes longer than handshakeTimeout', async () => {
    const aborted = createQueue<string>()
    await using running = await start(
      async ({ signal }) =>
        await new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push('aborted')
            resolve(false)
          })
        }),
      { handshakeTimeout: 20 },
    )
    expect(await running.authenticate('x')).toMatchObject({ error: { code: -32003, data: { code: 4408 } } })
    expect(await aborted.next()).toBe('aborted')
  })

  it('is refused for a user who was disconnected meanwhile', async () => {
    const asked = createQueue<() => void>()
    await using running = await start(
      async () => await new Promise((resolve) => asked.push(() => resolve({ id: 'ada' }))),
    )
    const { client, server } = running
    const other = await connectClient(running)
    const answer = client.request('$/authenticate', { credentials: 'x' })
    const decide = await asked.next()
    await server.disconnectUser('ada')
    decide()
    expect((await client.closed).code).toBe(4403)
    expect((await other.client.closed).code).toBe(4403)
    void answer
  })

  it('compares users that are no objects by their value, and refuses objects without "userId", which is reported', async () => {
    const byName: SocketServerSettings = {
      authorize: (_req, { credentials }) => credentials ?? 'ada',
      userId: undefined as never,
    }
    await using running = await start(() => false, byName)
    expect(await running.authenticate('ada')).toMatchObject({ result: { expiresAt: null } })
    expect(await running.authenticate('bob')).toMatchObject({ error: { code: -32003 } })
    expect(running.codes()).toEqual([])
    expect(await running.authenticate({ id: 'ada' })).toMatchObject({ error: { code: -32003 } })
    expect(running.problems.all).toMatchObject([{ message: expect.stringContaining('"userId"') }])
  })
})

describe('$/authenticate', () => {
  it('is no method of a server without "authorize", and none over HTTP', async () => {
    await using running = await startServer()
    const { client } = await connectClient(running)
    expect(await client.request('$/authenticate', {})).toMatchObject({ error: { code: -32601 } })
    const http = createServer((req, res) => void overHttp.server.handleHttp(req, res))
    await using overHttp = await startOnHttp(http, { authorize: () => true })
    const response = await fetch(overHttp.origin, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: '$/authenticate', params: { credentials: 'x' } }),
    })
    expect(await response.json()).toMatchObject({ error: { code: -32601 } })
  })

  it('is ignored as a notification', async () => {
    const asked = createQueue<string>()
    await using running = await start(() => {
      asked.push('asked')
      return { id: 'ada' }
    })
    running.client.send({ jsonrpc: '2.0', method: '$/authenticate', params: { credentials: 'x' } })
    await running.client.request('who')
    expect(asked.all).toEqual([])
  })
})
