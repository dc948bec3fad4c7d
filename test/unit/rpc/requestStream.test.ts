import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions, socketClose, socketConnect } from '../../../src/index.js'
import {
  createRemote,
  createRpcActions,
  createStreaming,
  ethDialect,
  socketRequest,
  socketRequestStream,
  type RequestStream,
  type StreamOptions,
} from '../../../src/rpc/index.js'
import { inDevelopment, sentence } from '../../support/mode.js'
import { advanceTime, setupOpenRpcStore, setupRpcStore, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const chunk = (store: RpcTestStore, data: unknown, id: unknown = 1): void =>
  store.receiveJson({ jsonrpc: '2.0', method: '$/chunk', params: { id, data } })

/** The messages after the first one. */
const later = (store: RpcTestStore) => store.sentMessages().slice(1)

const more = (count: number, id = 1) => ({ jsonrpc: '2.0', method: '$/more', params: { id, count } })
const cancelled = (id = 1) => ({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } })
const done = (value?: unknown) => ({ done: true, value })
const value = (data: unknown) => ({ done: false, value: data })

const open = async (params?: unknown, options?: StreamOptions) => {
  const store = await setupOpenRpcStore()
  const stream = store.dispatch(socketRequestStream('tell', params, options))
  return { store, stream }
}

const readAll = async (stream: RequestStream): Promise<unknown[]> => {
  const all: unknown[] = []
  for await (const one of stream) all.push(one)
  return all
}

describe('socketRequestStream', () => {
  it('sends a request with the window beside its params', async () => {
    const { store } = await open({ about: 'rain' }, { window: 4 })
    expect(store.sentMessages()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'tell', params: { about: 'rain' }, stream: { window: 4 } },
    ])
  })

  it('has a window of 32 without the option, and no "params" when it is given none', async () => {
    const { store } = await open()
    expect(store.sentMessages()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'tell', stream: { window: 32 } }])
  })

  it('gives the chunks in order, then what the server’s function has returned', async () => {
    const { store, stream } = await open()
    for (const word of ['once', 0, null, '']) chunk(store, word)
    store.answer({ words: 4 }, 1)
    await expect(readAll(stream)).resolves.toEqual(['once', 0, null, ''])
    await expect(stream.result).resolves.toEqual({ data: { words: 4 } })
  })

  it('gives a chunk to each read that waits, and what was returned to the first one after the last chunk', async () => {
    const { store, stream } = await open()
    const reads = [stream.next(), stream.next(), stream.next(), stream.next()]
    chunk(store, 1)
    chunk(store, 2)
    store.answer('all', 1)
    await expect(Promise.all(reads)).resolves.toEqual([value(1), value(2), done('all'), done()])
    await expect(stream.next()).resolves.toEqual(done())
  })

  it('throws the error of the server once, after the chunks that came before', async () => {
    const { store, stream } = await open()
    chunk(store, 1)
    store.refuse({ code: 7, message: 'no rain', data: { at: 2 } }, 1)
    await expect(stream.next()).resolves.toEqual(value(1))
    await expect(stream.next()).rejects.toMatchObject({ code: 7, message: 'no rain', data: { at: 2 } })
    await expect(stream.next()).resolves.toEqual(done())
    await expect(stream.result).resolves.toEqual({ error: { code: 7, message: 'no rain', data: { at: 2 } } })
  })

  it('settles reads in the order of their calls', async () => {
    const { store, stream } = await open()
    const order: string[] = []
    const note = (what: string) => () => void order.push(what)
    const first = stream.next().then(note('first'), note('error of the first'))
    store.refuse({ code: 7, message: 'no rain' }, 1)
    await Promise.all([first, stream.next().then(note('second'))])
    expect(order).toEqual(['error of the first', 'second'])
  })

  it('ends without chunks when the server answers with one result', async () => {
    const { store, stream } = await open()
    store.answer('one', 1)
    await expect(readAll(stream)).resolves.toEqual([])
    await expect(stream.result).resolves.toEqual({ data: 'one' })
  })

  it('confirms chunks when half of the window was read', async () => {
    const { store, stream } = await open(undefined, { window: 4 })
    for (let number = 1; number <= 4; number++) chunk(store, number)
    await stream.next()
    expect(later(store)).toEqual([])
    await stream.next()
    expect(later(store)).toEqual([more(2)])
    await stream.next()
    await advanceTime(99)
    expect(later(store)).toEqual([more(2)])
    await advanceTime(1)
    expect(later(store)).toEqual([more(2), more(1)])
  })

  it('confirms nothing after the end', async () => {
    const { store, stream } = await open(undefined, { window: 4 })
    for (let number = 1; number <= 4; number++) chunk(store, number)
    await stream.next()
    store.answer('all', 1)
    await readAll(stream)
    await advanceTime(1_000)
    expect(later(store)).toEqual([])
  })

  it('fails with invalid_reply, and cancels, when the server sends more than its window', async () => {
    const { store, stream } = await open(undefined, { window: 2 })
    for (let number = 1; number <= 4; number++) chunk(store, number)
    expect(later(store)).toEqual([cancelled()])
    await expect(stream.next()).resolves.toEqual(value(1))
    await expect(stream.next()).resolves.toEqual(value(2))
    await expect(stream.next()).rejects.toMatchObject({
      code: 'invalid_reply',
      message: sentence('The server sent more than 2 chunks that were not read ("window").'),
    })
  })

  it('is counted as a pending request until it ends', async () => {
    const { store } = await open()
    await advanceTime(20)
    expect(store.pendingCount()).toBe(1)
    store.answer('all', 1)
    await advanceTime(20)
    expect(store.pendingCount()).toBe(0)
  })

  it('reaches the reducers as plain data, without the signal', async () => {
    const { signal } = new AbortController()
    const { store } = await open({ about: 'rain' }, { window: 4, timeout: 50, signal })
    expect(store.takeActions()).toEqual([
      {
        type: 'socket/requestStream',
        payload: { method: 'tell', params: { about: 'rain' } },
        meta: { socket: 'default', window: 4, timeout: 50, id: expect.stringMatching(/^rpc:.+:1$/), delivery: 'sent' },
      },
    ])
    store.answer('all', 1)
  })

  it('shares the numbers of requests with them, and leaves their replies alone', async () => {
    const { store, stream } = await open()
    const request = store.dispatch(socketRequest('other'))
    const second = store.dispatch(socketRequestStream('tell'))
    chunk(store, 'second', 3)
    chunk(store, 'first', 1)
    for (const id of [2, 3, 1]) store.answer(`end of ${id}`, id)
    await expect(request).resolves.toEqual({ data: 'end of 2' })
    await expect(readAll(second)).resolves.toEqual(['second'])
    await expect(readAll(stream)).resolves.toEqual(['first'])
  })

  it.each([
    ['an unknown number', { id: 9, data: 1 }],
    ['no number', { data: 1 }],
    ['no params', undefined],
  ])('ignores a chunk with %s', async (_what, params) => {
    const { store, stream } = await open()
    store.takeActions()
    store.receiveJson({ jsonrpc: '2.0', method: '$/chunk', params })
    expect(store.takeActions()).toEqual([])
    store.answer('all', 1)
    await expect(readAll(stream)).resolves.toEqual([])
  })
})

describe('cancel', () => {
  it('ends the reading without an error, drops unread chunks and asks the server to cancel', async () => {
    const { store, stream } = await open()
    const read = stream.next()
    chunk(store, 1)
    await expect(read).resolves.toEqual(value(1))
    chunk(store, 2)
    stream.cancel()
    stream.cancel()
    expect(later(store)).toEqual([cancelled()])
    await expect(stream.next()).resolves.toEqual(done())
    await expect(stream.result).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    chunk(store, 3)
    store.refuse({ code: -32800, message: 'cancelled' }, 1)
    expect(store.errors()).toEqual([])
  })

  it('ends a read that waits', async () => {
    const { stream } = await open()
    const read = stream.next()
    stream.cancel()
    await expect(read).resolves.toEqual(done())
  })

  it('is what "break" does', async () => {
    const { store, stream } = await open()
    chunk(store, 1)
    for await (const one of stream) {
      expect(one).toBe(1)
      break
    }
    expect(later(store)).toEqual([cancelled()])
  })

  it('does not send a request that still waits', async () => {
    const store = setupRpcStore()
    const stream = store.dispatch(socketRequestStream('tell'))
    stream.cancel()
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([])
    await expect(stream.next()).resolves.toEqual(done())
  })

  it('does nothing after the end', async () => {
    const { store, stream } = await open()
    store.answer('all', 1)
    stream.cancel()
    expect(later(store)).toEqual([])
    await expect(stream.result).resolves.toEqual({ data: 'all' })
  })
})

describe('a reply in chunks fails', () => {
  /** The codes that reading throws, and that the result has. */
  const failuresOf = async (stream: RequestStream): Promise<unknown[]> => {
    const thrown = await readAll(stream).catch((error: { code: string }) => error.code)
    const { error } = await stream.result
    return [thrown, error?.code]
  }

  it('with request_aborted when its signal is aborted', async () => {
    const controller = new AbortController()
    const { store, stream } = await open(undefined, { signal: controller.signal })
    controller.abort()
    expect(later(store)).toEqual([cancelled()])
    expect(await failuresOf(stream)).toEqual(['request_aborted', 'request_aborted'])
  })

  it('with request_aborted, unsent, when its signal was aborted before', async () => {
    const { store, stream } = await open(undefined, { signal: AbortSignal.abort() })
    expect(store.sentMessages()).toEqual([])
    expect(await failuresOf(stream)).toEqual(['request_aborted', 'request_aborted'])
    stream.cancel()
  })

  it('with disconnected when the connection is lost, after its chunks', async () => {
    const { store, stream } = await open()
    chunk(store, 1)
    store.network.last.close(1011)
    await expect(stream.next()).resolves.toEqual(value(1))
    expect(await failuresOf(stream)).toEqual(['disconnected', 'disconnected'])
    await advanceTime(200)
    expect(store.sentMessages()).toHaveLength(1)
  })

  it('with closed when it waits and the connection is closed for good', async () => {
    const store = setupRpcStore()
    const stream = store.dispatch(socketRequestStream('tell'))
    void store.dispatch(socketClose())
    expect(await failuresOf(stream)).toEqual(['closed', 'closed'])
  })

  it('with offline when it must not wait for the connection', async () => {
    const store = setupRpcStore()
    expect(await failuresOf(store.dispatch(socketRequestStream('tell', undefined, { whenOffline: 'drop' })))).toEqual([
      'offline',
      'offline',
    ])
  })

  it('with unsupported in a dialect without replies in chunks', async () => {
    const store = await setupOpenRpcStore({ rpcOptions: { dialect: ethDialect } })
    const stream = store.dispatch(socketRequestStream('tell'))
    expect(store.sentMessages()).toEqual([])
    expect(await failuresOf(stream)).toEqual(['unsupported', 'unsupported'])
  })

  it('with unsupported inside a handshake', async () => {
    let stream!: RequestStream
    const store = setupRpcStore({
      handshake: ({ dispatch }) => {
        stream = dispatch(socketRequestStream('tell'))
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(await failuresOf(stream)).toEqual(['unsupported', 'unsupported'])
  })

  it('with request_timeout when neither a chunk nor the end comes within the timeout', async () => {
    const { store, stream } = await open(undefined, { timeout: 100 })
    await advanceTime(90)
    chunk(store, 1)
    await advanceTime(90)
    chunk(store, 2)
    await advanceTime(100)
    expect(later(store)).toEqual([cancelled()])
    await expect(stream.next()).resolves.toEqual(value(1))
    await expect(stream.next()).resolves.toEqual(value(2))
    expect(await failuresOf(stream)).toEqual(['request_timeout', 'request_timeout'])
  })

  it('with request_timeout while it waits for the connection', async () => {
    const store = setupRpcStore()
    const stream = store.dispatch(socketRequestStream('tell', undefined, { timeout: 100 }))
    await advanceTime(100)
    expect(await failuresOf(stream)).toEqual(['request_timeout', 'request_timeout'])
  })

  it('not while the reader has not read the window', async () => {
    const { store, stream } = await open(undefined, { timeout: 100, window: 1 })
    chunk(store, 1)
    await advanceTime(1_000)
    expect(later(store)).toEqual([])
    await stream.next()
    expect(later(store)).toEqual([more(1)])
    await advanceTime(100)
    expect(await failuresOf(stream)).toEqual(['request_timeout', 'request_timeout'])
  })
})

describe('a named connection', () => {
  it('has its own requestStream by createStreaming', async () => {
    const actions = createRpcActions(createSocketActions('chat'))
    const { requestStream } = createStreaming(actions)
    expect(requestStream.type).toBe('socket:chat/requestStream')
    expect(requestStream.match(requestStream('tell'))).toBe(true)
    expect(socketRequestStream.match(requestStream('tell'))).toBe(false)
  })
})

describe('createRemote', () => {
  interface Functions {
    tell: (params: { about: string }) => AsyncGenerator<string, number>
    add: (params: number[]) => number
  }

  it('calls the functions that "streams" names in chunks', async () => {
    const store = await setupOpenRpcStore()
    const remote = createRemote<Functions>({
      overSocket: /.*/,
      streams: { names: 'tell', request: socketRequestStream },
      timeout: 100,
    })
    const stream = store.dispatch(remote.tell({ about: 'rain' }))
    void store.dispatch(remote.add([1]))
    expect(store.sentMessages()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'tell', params: { about: 'rain' }, stream: { window: 32 } },
      { jsonrpc: '2.0', id: 2, method: 'add', params: [1] },
    ])
    chunk(store, 'once')
    store.answer(1, 1)
    store.answer(1, 2)
    await expect(readAll(stream)).resolves.toEqual(['once'])
  })

  it('throws no_protocol for a store without the middleware of the connection', () => {
    const remote = createRemote<Functions>({ streams: { names: /t.*/, request: socketRequestStream } })
    const dispatch = jest.fn((action: unknown) => action)
    expect(() => remote.tell({ about: 'rain' })(dispatch as never, () => undefined)).toThrow(
      expect.objectContaining({ code: 'no_protocol' }),
    )
  })
})

inDevelopment(() => {
  describe('the checks of socketRequestStream', () => {
    it.each([0, -1, 1.5, 1_001, '3', null])('throw for the window %p', (window) => {
      expect(() => socketRequestStream('tell', undefined, { window: window as never })).toThrow(
        'requestStream: expected "window" to be a whole number of chunks, 1 to 1000',
      )
    })

    it('throw for a negative timeout, and for an object as the name of a method', () => {
      expect(() => socketRequestStream('tell', undefined, { timeout: -1 })).toThrow('expected "timeout"')
      expect(() => socketRequestStream({} as never)).toThrow('expected the name of a method')
    })
  })
})
