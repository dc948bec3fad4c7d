import { describe, expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { said } from '../../../src/internal/errors.js'
import {
  createRemote,
  createRpcActions,
  socketNotify,
  type FetchLike,
  type RemoteOptions,
} from '../../../src/rpc/index.js'
import { sentence } from '../../support/mode.js'
import { setupRpcStore, setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

interface Posted {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** An HTTP server as a fetch. `serve` returns the body of the response, or never does. */
const createHttp = (serve: (call: { method: string; params: unknown; id: number }) => unknown, status = 200) => {
  const posted: Posted[] = []
  const fetch: FetchLike = async (url, { headers, body, signal }) => {
    const call = JSON.parse(body) as { method: string; params: unknown; id: number }
    posted.push({ url, headers, body: call })
    const answer = await serve(call)
    signal.throwIfAborted()
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
    return { ok: status < 400, status, text: async () => await Promise.resolve(text) }
  }
  return { fetch, posted }
}

const result = (value: unknown) => ({ jsonrpc: '2.0', id: 1, result: value })
const error = { code: 4, message: 'no such post', data: { id: 9 } }

interface Functions {
  getPost: (id: { id: number }) => { title: string }
  wsPost: (id: { id: number }) => { title: string }
  getNews: () => string
}

const remoteOf = (options: RemoteOptions) => createRemote<Functions>(options)

describe('a function is called over the socket when "overSocket"', () => {
  const calls = ['getPost', 'wsPost', 'getNews'] as const
  it.each([
    ['is missing: none', undefined, []],
    ['is .*: all', /.*/, ['getPost', 'wsPost', 'getNews']],
    ['is ws.*: names that start with ws', /ws.*/, ['wsPost']],
    ['has flags: names that start with ws', /ws.*/gy, ['wsPost']],
    ['matches only parts of names: none', /ws|News/, []],
    ['matches two whole names: those', /wsPost|getNews/, ['wsPost', 'getNews']],
    ['is anchored already: names that start with ws', /^ws.*$/m, ['wsPost']],
    ['is an empty list: none', [], []],
    ['is the text of a pattern: names that start with ws', 'ws.*', ['wsPost']],
    ['is the text of a pattern for all: all', '.*', ['getPost', 'wsPost', 'getNews']],
    ['is an empty text: none', '', []],
    ['is a name: that one', 'getPost', ['getPost']],
    ['is a part of a name: none', 'get', []],
    ['is a list: those that one of them matches', ['getPost', /ws.*/], ['getPost', 'wsPost']],
  ])('%s', async (_what, overSocket, expected) => {
    const store = await setupOpenRpcStore()
    const { fetch, posted } = createHttp(() => result(1))
    const remote = remoteOf({ ...(overSocket !== undefined && { overSocket }), fetch })
    for (let round = 0; round < 2; round++) {
      void store.dispatch(remote.getPost({ id: 1 }))
      void store.dispatch(remote.wsPost({ id: 1 }))
      void store.dispatch(remote.getNews())
    }
    await advanceTime(1)
    expect(store.sentMessages().map(({ method }) => method)).toEqual([...expected, ...expected])
    expect(posted).toHaveLength(2 * (calls.length - expected.length))
  })

  it('comes from an environment that does not set it: none', async () => {
    const store = await setupOpenRpcStore()
    const { fetch, posted } = createHttp(() => result(1))
    for (const env of [{}, { OVER_SOCKET: 'ws.*' }]) {
      const remote = remoteOf({ overSocket: env.OVER_SOCKET, fetch })
      void store.dispatch(remote.wsPost({ id: 1 }))
      void store.dispatch(remote.getNews())
    }
    await advanceTime(1)
    expect(posted.map(({ body }) => (body as { method: string }).method)).toEqual(['wsPost', 'getNews', 'getNews'])
    expect(store.sentMessages().map(({ method }) => method)).toEqual(['wsPost'])
  })

  it('throws for the text of a malformed pattern', () => {
    const message = sentence('createRemote: expected "overSocket" to be names or RegExps, got "ws(".')
    expect(() => createRemote({ overSocket: 'ws(' })).toThrow(
      expect.objectContaining({ code: 'invalid_option', message }),
    )
  })

  it('throws for a rule that is not a name or a RegExp', () => {
    const create = () => createRemote({ overSocket: 7 as never })
    const message = sentence('createRemote: expected "overSocket" to be names or RegExps, got 7.')
    expect(create).toThrow(expect.objectContaining({ code: 'invalid_option', message }))
  })
})

describe.each(['socket', 'http'] as const)('a call over %s', (way) => {
  const start = async (answer: unknown, options: RemoteOptions = {}) => {
    const store = await setupOpenRpcStore()
    const { fetch, posted } = createHttp(async () => await (answer === 'never' ? new Promise(() => {}) : answer))
    const remote = remoteOf({ fetch, overSocket: way === 'socket' ? /.*/ : [], ...options })
    const call = store.dispatch(remote.getPost({ id: 7 }))
    if (way === 'socket' && typeof answer === 'object') store.receiveJson({ ...(answer as object), id: 1 })
    return { store, call, posted }
  }

  it('returns the data', async () => {
    const { call, store, posted } = await start(result({ title: 'Sea' }))
    await expect(call).resolves.toEqual({ data: { title: 'Sea' } })
    await expect(call.unwrap()).resolves.toEqual({ title: 'Sea' })
    const request = way === 'socket' ? store.lastMessage() : posted[0]?.body
    expect(request).toEqual({ jsonrpc: '2.0', id: 1, method: 'getPost', params: { id: 7 } })
  })

  it('returns the error of the server', async () => {
    const { call } = await start({ jsonrpc: '2.0', id: 1, error })
    await expect(call).resolves.toEqual({ error })
    await expect(call.unwrap()).rejects.toMatchObject(error)
  })

  it('ends with request_timeout', async () => {
    const { call } = await start('never', { timeout: 50 })
    await advanceTime(50)
    await expect(call).resolves.toMatchObject({ error: { code: 'request_timeout' } })
  })

  it('can be aborted', async () => {
    const { call } = await start('never')
    call.abort()
    call.abort()
    await expect(call).resolves.toMatchObject({ error: { code: 'request_aborted' } })
  })
})

describe('a call over http', () => {
  const call = async (http: ReturnType<typeof createHttp>, options: RemoteOptions = {}) => {
    const store = setupRpcStore()
    return await store.dispatch(remoteOf({ fetch: http.fetch, overSocket: [], ...options }).getNews())
  }

  it('is a POST to /rpc or another url, with the headers of the app', async () => {
    const http = createHttp(() => result('news'))
    await call(http)
    await call(http, { http: 'https://api.example/rpc', headers: { authorization: 'Bearer a' } })
    await call(http, { headers: async ({ getState }) => await Promise.resolve({ state: typeof getState() }) })
    const type = { 'content-type': 'application/json' }
    expect(http.posted.map(({ url, headers }) => [url, headers])).toEqual([
      ['/rpc', type],
      ['https://api.example/rpc', { ...type, authorization: 'Bearer a' }],
      ['/rpc', { ...type, state: 'object' }],
    ])
  })

  it.each([
    ['a status without a body', createHttp(() => 'Bad gateway', 502), { code: 'http_error', data: { status: 502 } }],
    ['a status with an error of JSON-RPC', createHttp(() => ({ jsonrpc: '2.0', id: 1, error }), 500), error],
    ['something else', createHttp(() => '<html>'), { code: 'invalid_reply' }],
    [
      'a network error',
      createHttp(async () => await Promise.reject(new Error('ECONNREFUSED'))),
      { code: 'disconnected' },
    ],
  ])('ends with an error for %s', async (_what, http, expected) => {
    await expect(call(http)).resolves.toMatchObject({ error: expected })
  })

  it('fails when the runtime has no fetch, or when "headers" throws', async () => {
    const store = setupRpcStore()
    const given = globalThis.fetch
    try {
      globalThis.fetch = undefined as never
      const none = await store.dispatch(createRemote<Functions>({ overSocket: [] }).getNews())
      expect(none.error?.message).toEqual(
        sentence(/this runtime has no fetch\. Give the option "fetch"\.$/, said('invalid_option')),
      )
    } finally {
      globalThis.fetch = given
    }
    const headers = () => {
      throw new Error('no token')
    }
    await expect(
      call(
        createHttp(() => result(1)),
        { headers },
      ),
    ).resolves.toMatchObject({
      error: { code: 'disconnected', message: sentence('The HTTP request failed: no token', 'no token') },
    })
  })
})

describe('the remote itself', () => {
  it('is not a promise, and has no functions but those of the server', async () => {
    const remote = createRemote<Functions>({ overSocket: /.*/ })
    expect(await (remote as unknown as Promise<unknown>)).toBe(remote)
    expect((remote as unknown as Record<symbol, unknown>)[Symbol.iterator]).toBeUndefined()
    expect((remote as unknown as Record<string, unknown>)['then']).toBeUndefined()
    expect(remote.getPost).toBe(remote.getPost)
  })

  it('calls over the connection of its actions', async () => {
    const actions = createSocketActions('prices')
    const rpc = createRpcActions(actions)
    const store = setupRpcStore({ actions })
    void store.dispatch(actions.connect())
    await advanceTime(1)
    void store.dispatch(createRemote<Functions>({ overSocket: /.*/, actions: rpc, timeout: 5 }).getNews())
    expect(store.lastMessage()).toMatchObject({ method: 'getNews' })
    expect(store.recorder.types).toContain('socket:prices/request')
  })

  it('sends arguments by position with "positional"', async () => {
    const store = await setupOpenRpcStore()
    void store.dispatch(
      createRemote<{ add: (a: number, b: number) => number }>({ overSocket: /.*/, positional: true }).add(1, 2),
    )
    expect(store.lastMessage().params).toEqual([1, 2])
  })
})

describe('a connection without traffic', () => {
  const start = async (idleTimeout?: number) => {
    const store = setupRpcStore({ lazy: true, ...(idleTimeout !== undefined && { idleTimeout }) })
    void store.dispatch(createRemote<Functions>({ overSocket: /.*/ }).getNews())
    await advanceTime(1)
    store.answer('one')
    return store
  }
  const isOpen = (store: RpcTestStore) => store.state().status === 'open'

  it.each([
    [undefined, 60_000],
    [5_000, 5_000],
  ])('is closed after its idle time (%j: %d ms), and not before', async (idleTimeout, ms) => {
    const store = await start(idleTimeout)
    await advanceTime(ms - 10)
    expect(isOpen(store)).toBe(true)
    await advanceTime(10)
    expect(isOpen(store)).toBe(false)
  })

  it('stays open when idleTimeout is 0', async () => {
    const store = await start(0)
    await advanceTime(10_000_000)
    expect(isOpen(store)).toBe(true)
  })

  it('starts its idle time again with each message of either side', async () => {
    const [store, other] = [await start(), await start()]
    for (const say of [() => store.receiveJson('hello'), () => void store.dispatch(socketNotify('hello'))]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await advanceTime(50_000)
      say()
    }
    await advanceTime(50_000)
    expect([isOpen(store), isOpen(other)]).toEqual([true, false])
  })
})

describe('a connection that was closed because it was idle', () => {
  it('is opened by the next call, which waits for it', async () => {
    const store = setupRpcStore({ lazy: true })
    const remote = createRemote<Functions>({ overSocket: /.*/ })
    const first = store.dispatch(remote.getNews())
    await advanceTime(1)
    store.answer('one')
    await expect(first.unwrap()).resolves.toBe('one')
    await advanceTime(60_000)
    expect(store.state().status).not.toBe('open')
    store.network.last.finishClose()
    const second = store.dispatch(remote.getNews())
    await advanceTime(1)
    expect(store.network.connections).toHaveLength(2)
    store.answer('two')
    await expect(second.unwrap()).resolves.toBe('two')
  })
})
