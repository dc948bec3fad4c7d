import { once } from 'node:events'
import { createServer, request, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import { Refusal, type CallContext, type SocketServerSettings } from '../../src/server/index.js'
import { createQueue, connectClient, startOnHttp, type TestHttpServer } from './support.js'

const start = async (options: SocketServerSettings = {}, parsesBodies = false): Promise<TestHttpServer> => {
  const http = createServer((req, res) => {
    if (!req.url?.startsWith('/rpc')) res.end('a page')
    else if (parsesBodies) {
      // As express.json() does.
      const parsed = json(req).then((body) => Object.assign(req, { body }))
      void parsed.then(async () => await running.server.handleHttp(req, res))
    } else void running.server.handleHttp(req, res)
  })
  const running: TestHttpServer = await startOnHttp(http, options)
  running.server.methods({
    echo: (params: unknown) => params,
    who: (_params: unknown, { user, params, connection, push }: CallContext) => [
      user,
      params,
      connection === undefined,
      push(1),
    ],
    broken: () => {
      throw new Error('the password is 1234')
    },
    big: () => 1n,
  })
  return running
}

const jsonType = { 'content-type': 'application/json' }
const call = (method: string, params?: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params })

const post = async (running: TestHttpServer, body: unknown, headers: Record<string, string> = jsonType, query = '') => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${running.origin}/rpc${query}`, { method: 'POST', headers, body: text })
  const answer = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: answer === '' ? undefined : (JSON.parse(answer) as never),
  }
}

describe('methods over HTTP', () => {
  it('reply to a call and a batch, and respond with 204 to a notification', async () => {
    await using running = await start()
    expect(await post(running, call('echo', [1]))).toMatchObject({
      status: 200,
      body: { jsonrpc: '2.0', id: 1, result: [1] },
    })
    expect(await post(running, [call('echo', [1], 'a'), call('nobody', [], 'b')])).toMatchObject({
      status: 200,
      body: [
        { id: 'a', result: [1] },
        { id: 'b', error: { code: -32601 } },
      ],
    })
    expect(await post(running, { jsonrpc: '2.0', method: 'echo' })).toMatchObject({ status: 204, body: undefined })
    expect(await fetch(`${running.origin}/`).then(async (response) => await response.text())).toBe('a page')
  })

  it('have a context without a connection', async () => {
    await using running = await start({ authorize: () => 'Ada' })
    expect((await post(running, call('who'), jsonType, '?room=blue')).body).toMatchObject({
      result: ['Ada', { room: 'blue' }, true, false],
    })
  })

  it('are subject to authorize, params and the origin check', async () => {
    await using running = await start({
      authorize: (req) => {
        if (req.headers.authorization === 'none') throw new Refusal(4403, 'not you')
        return req.headers.authorization === undefined ? false : 'Ada'
      },
    })
    expect((await post(running, call('echo'))).status).toBe(401)
    expect((await post(running, call('echo'), { ...jsonType, authorization: 'none' })).status).toBe(403)
    expect(
      (await post(running, call('echo'), { ...jsonType, authorization: 'x', origin: 'https://evil.example' })).status,
    ).toBe(403)
    expect(
      (await post(running, call('echo'), { ...jsonType, authorization: 'x', origin: running.origin })).status,
    ).toBe(200)
  })

  it('respond with 405, 415, 413 and 400 to invalid requests', async () => {
    await using running = await start({ maxPayload: 100 })
    const got = await fetch(`${running.origin}/rpc`)
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await post(running, '{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post(running, call('echo', ['x'.repeat(100)]))).status).toBe(413)
    expect(await post(running, '{nope')).toMatchObject({ status: 400, body: { id: null, error: { code: -32700 } } })
    expect((await post(running, '{"__proto__":{}}')).status).toBe(400)
    expect((await post(running, {})).body).toMatchObject({ error: { code: -32600 } })
    expect((await post(running, [])).body).toMatchObject({ error: { code: -32600 } })
  })

  it('do not read a body without a length to its end when it is too long', async () => {
    await using running = await start({ maxPayload: 100 })
    const sending = request(`${running.origin}/rpc`, { method: 'POST', headers: jsonType })
    sending.on('error', () => {})
    sending.write('x'.repeat(60))
    sending.write('x'.repeat(60))
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(413)
  })

  it('hide the details of an error and report it', async () => {
    await using running = await start()
    const answer = await post(running, call('broken'))
    expect(answer).toMatchObject({ status: 200, body: { error: { code: -32603, message: 'Internal error' } } })
    expect(await post(running, call('big'))).toEqual(answer)
    expect(running.codes()).toEqual(['handler_failed', 'encode_failed'])
  })

  it('work as a middleware of express, with a parsed body or without', async () => {
    const seen = createQueue<string>()
    const http = createServer((req, res) => {
      // What express.json() does.
      Object.assign(req, { body: call('echo', ['parsed']) })
      const middleware: (req: never, res: never, next: () => void) => unknown = running.server.handleHttp
      middleware(req as never, res as never, () => seen.push('next'))
    })
    await using running = await startOnHttp(http)
    running.server.methods({ echo: (params: unknown) => params })
    expect((await post(running, 'not read')).body).toMatchObject({ result: ['parsed'] })
    expect(seen.all).toEqual([])
  })

  it('abort their signal when the client disconnects', async () => {
    await using running = await start()
    const left = createQueue<string>()
    const started = createQueue<string>()
    running.server.methods({
      wait: async (_params: unknown, { signal }: CallContext) =>
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            left.push('left')
            resolve()
          })
          started.push('started')
        }),
    })
    const controller = new AbortController()
    const asking = fetch(`${running.origin}/rpc`, {
      method: 'POST',
      headers: jsonType,
      body: JSON.stringify(call('wait')),
      signal: controller.signal,
    }).catch(() => undefined)
    await started.next()
    controller.abort()
    expect(await left.next()).toBe('left')
    await asking
  })

  it('respond with 429 above the rate of an address, reported once', async () => {
    await using running = await start({ rate: { perSecond: 0.5, burst: 3 }, trustProxy: true })
    const from = (address: string) => ({ ...jsonType, 'x-forwarded-for': address })
    expect((await post(running, call('echo'), from('1.1.1.1'))).status).toBe(200)
    // A batch is as many calls as it holds.
    expect((await post(running, [call('echo'), call('echo'), call('echo')], from('1.1.1.1'))).status).toBe(429)
    const refused = await post(running, call('echo'), from('2.2.2.2')).then(async () => {
      for (let count = 0; count < 2; count++) await post(running, call('echo'), from('2.2.2.2'))
      return await post(running, call('echo'), from('2.2.2.2'))
    })
    expect(refused).toMatchObject({ status: 429, body: { id: null, error: { code: -32029 } } })
    expect(refused.headers.get('retry-after')).toBe('2')
    expect((await post(running, call('echo'), from('3.3.3.3'))).status).toBe(200)
    expect(running.codes()).toEqual(['rate_limited', 'rate_limited'])
  })

  it.each(['with a length', 'in chunks'])('respond with 429 above the bytes of an address, sent %s', async (how) => {
    await using running = await start({ rate: { bytesPerSecond: 10, bytesBurst: 1_000 }, trustProxy: true })
    const send = async (address: string, bytes: number) => {
      const text = JSON.stringify(call('echo', ['x'.repeat(bytes)]))
      const body = how === 'in chunks' ? new Blob([text]).stream() : text
      const headers = { ...jsonType, 'x-forwarded-for': address }
      const response = await fetch(`${running.origin}/rpc`, { method: 'POST', headers, body, duplex: 'half' } as never)
      return response.status
    }
    expect(await send('1.1.1.1', 600)).toBe(200)
    expect(await send('1.1.1.1', 600)).toBe(429)
    expect(await send('1.1.1.1', 600)).toBe(429)
    expect(await send('2.2.2.2', 600)).toBe(200)
    expect(running.codes()).toEqual(['rate_limited'])
  })

  it.each(['with a length', 'in chunks'])('count the bytes that a body parser has read, sent %s', async (how) => {
    await using running = await start({ rate: { bytesPerSecond: 10, bytesBurst: 1_000 } }, true)
    const send = async () => {
      const text = JSON.stringify(call('echo', ['x'.repeat(600)]))
      const body = how === 'in chunks' ? new Blob([text]).stream() : text
      const options = { method: 'POST', headers: jsonType, body, duplex: 'half' }
      return (await fetch(`${running.origin}/rpc`, options)).status
    }
    expect([await send(), await send()]).toEqual([200, 429])
  })

  it('respond with 429 above maxConnectionsPerIp requests at once', async () => {
    const started = createQueue<() => void>()
    await using running = await start({ maxConnectionsPerIp: 1 })
    running.server.methods({ wait: async () => await new Promise<void>((resolve) => started.push(resolve)) })
    const first = post(running, call('wait'))
    const finish = await started.next()
    expect((await post(running, call('echo'))).status).toBe(429)
    finish()
    expect((await first).status).toBe(200)
    expect((await post(running, call('echo'))).status).toBe(200)
  })

  it('can emit before they reply, and a failing emit does not fail the reply', async () => {
    await using running = await start()
    const posts: string[] = []
    running.server.methods({
      createPost: ({ title }: { title: string }, { connection }: CallContext) => {
        posts.push(title)
        running.server.emit('posts', title === 'bad' ? 1n : title, connection && { except: connection })
        return posts.length
      },
    })
    const { client } = await connectClient(running, '/ws')
    expect((await post(running, call('createPost', { title: 'bad' }))).body).toMatchObject({ result: 1 })
    expect((await post(running, call('createPost', { title: 'good' }))).body).toMatchObject({ result: 2 })
    expect(await client.next()).toEqual({ type: 'posts', payload: 'good' })
  })
})
