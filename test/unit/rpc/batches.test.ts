import { describe, expect, it, jest } from '@jest/globals'
import { socketClose, socketConnect, socketDropped, socketSend } from '../../../src/index.js'
import { createRpcActions, socketBatch, socketNotify, socketRequest } from '../../../src/rpc/index.js'
import { inDevelopment } from '../../support/mode.js'
import { setupRpcStore, setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const frames = (store: RpcTestStore): unknown[] => store.sent().map((frame) => JSON.parse(String(frame)) as unknown)
const call = (id: number, method: string) => ({ jsonrpc: '2.0', id, method })

describe('a batch', () => {
  it('goes out as one message, and dispatch returns for each call what its own dispatch would', async () => {
    const store = await setupOpenRpcStore()
    const [sum, log, user] = store.dispatch(
      socketBatch([socketRequest<number>('add', [1, 2]), socketNotify('log', ['hi']), socketRequest('getUser')]),
    )
    expect(frames(store)).toEqual([
      [
        { jsonrpc: '2.0', id: 1, method: 'add', params: [1, 2] },
        { jsonrpc: '2.0', method: 'log', params: ['hi'] },
        { jsonrpc: '2.0', id: 2, method: 'getUser' },
      ],
    ])
    expect(log).toMatchObject({ delivery: 'sent' })
    store.receiveJson([
      { jsonrpc: '2.0', id: 2, error: { code: 404, message: 'no such user' } },
      { jsonrpc: '2.0', id: 1, result: 3 },
    ])
    await expect(sum.unwrap()).resolves.toBe(3)
    await expect(user).resolves.toEqual({ error: { code: 404, message: 'no such user' } })
  })

  it('may be replied to one by one', async () => {
    const store = await setupOpenRpcStore()
    const [first, second] = store.dispatch(socketBatch([socketRequest('a'), socketRequest('b')]))
    store.answer('B', 2)
    store.answer('A', 1)
    expect(await Promise.all([first, second])).toEqual([{ data: 'A' }, { data: 'B' }])
  })

  it('reaches the reducers as plain data', async () => {
    const store = await setupOpenRpcStore()
    const { signal } = new AbortController()
    void store.dispatch(socketBatch([socketRequest('a', { at: new Date(0) }, { signal }), socketNotify('b')]))
    expect(store.takeActions()).toMatchObject([
      {
        type: 'socket/batch',
        payload: [{ method: 'a', params: { at: '1970-01-01T00:00:00.000Z' } }, { method: 'b' }],
        meta: { socket: 'default', delivery: 'sent' },
      },
    ])
    await advanceTime(16)
    expect(store.pendingCount()).toBe(1)
  })

  it('is not sent when it is empty, or when everything in it was aborted before', async () => {
    const store = await setupOpenRpcStore()
    expect(store.dispatch(socketBatch([]))).toEqual([])
    const gone = socketRequest('gone', undefined, { signal: AbortSignal.abort() })
    const [handle] = store.dispatch(socketBatch([gone]))
    await expect(handle).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    expect(frames(store)).toEqual([])
  })

  it('leaves out a request that was aborted before', async () => {
    const store = await setupOpenRpcStore()
    const gone = socketRequest('gone', undefined, { signal: AbortSignal.abort() })
    const [first, second] = store.dispatch(socketBatch([gone, socketRequest('kept')]))
    expect(frames(store)).toEqual([[call(1, 'kept')]])
    store.answer('there', 1)
    await expect(first).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await expect(second).resolves.toEqual({ data: 'there' })
  })

  inDevelopment(() =>
    it('throws for an action that is not a request or a notification of its connection', () => {
      const expected = 'batch: expected requests and notifications of this connection, got'
      expect(() => socketBatch([socketSend('a') as never])).toThrow(`${expected} "socket/send".`)
      const other = createRpcActions({ name: 'prices' }).request('a')
      expect(() => socketBatch([other])).toThrow(`${expected} "socket:prices/request".`)
    }),
  )

  it('settles each of ten thousand requests with its own reply', async () => {
    const store = await setupOpenRpcStore()
    const handles = store.dispatch(
      socketBatch(Array.from({ length: 10_000 }, (_none, index) => socketRequest('echo', [index]))),
    )
    const [requests] = frames(store) as { id: number; params: number[] }[][]
    store.receiveJson(requests!.map(({ id, params }) => ({ jsonrpc: '2.0', id, result: params[0] })))
    const results = await Promise.all(handles)
    expect(results.every(({ data }, index) => data === index)).toBe(true)
    await advanceTime(50)
    expect([store.pendingCount(), jest.getTimerCount()]).toEqual([0, 0])
  }, 60_000)
})

describe('a batch that waits', () => {
  it('goes out as one message when the connection opens, without the requests that ended meanwhile', async () => {
    const store = setupRpcStore()
    const [a, b, , d] = store.dispatch(
      socketBatch([
        socketRequest('a'),
        socketRequest('b', undefined, { timeout: 50 }),
        socketNotify('c'),
        socketRequest('d'),
      ]),
    )
    a.abort()
    await advanceTime(50)
    await expect(a).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await expect(b).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(frames(store)).toEqual([[{ jsonrpc: '2.0', method: 'c' }, call(3, 'd')]])
    store.answer('D', 3)
    await expect(d).resolves.toEqual({ data: 'D' })
    expect(store.recorder.count(socketDropped)).toBe(0)
  })

  it('is not sent when all of its requests are aborted', async () => {
    const store = setupRpcStore()
    const handles = store.dispatch(socketBatch([socketRequest('a'), socketRequest('b')]))
    for (const handle of handles) handle.abort()
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(frames(store)).toEqual([])
  })

  it('settles each of its requests when it is dropped', async () => {
    const store = setupRpcStore()
    const handles = store.dispatch(socketBatch([socketRequest('a'), socketNotify('b'), socketRequest('c')]))
    void store.dispatch(socketClose())
    const closed = { error: { code: 'closed' } }
    expect([await handles[0], handles[1], await handles[2]]).toMatchObject([closed, { delivery: 'queued' }, closed])
    const late = store.dispatch(socketBatch([socketRequest('a'), socketRequest('b')], { whenOffline: 'drop' }))
    expect(await Promise.all(late)).toMatchObject([{ error: { code: 'closed' } }, { error: { code: 'closed' } }])
  })
})

describe('a batch whose connection is lost', () => {
  it('settles each request, and repeats those that may be repeated', async () => {
    const store = await setupOpenRpcStore()
    const [a, b] = store.dispatch(
      socketBatch([socketRequest('a'), socketRequest('b', undefined, { retry: true, idempotent: true })]),
    )
    store.network.last.cut()
    await expect(a).resolves.toMatchObject({ error: { code: 'disconnected' } })
    await advanceTime(150)
    expect(store.lastSocketMessages()).toEqual([call(2, 'b')])
    store.answer('B', 2)
    await expect(b).resolves.toEqual({ data: 'B' })
  })

  it('cancels only the aborted request after it was sent', async () => {
    const store = await setupOpenRpcStore()
    const [a] = store.dispatch(socketBatch([socketRequest('a'), socketRequest('b')]))
    a.abort()
    expect(frames(store).slice(1)).toEqual([{ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } }])
  })
})
