import { describe, expect, it } from '@jest/globals'
import { jsonRpc, type ClientMethods } from '../../../src/rpc/index.js'
import { inDevelopment, inProduction, sentence } from '../../support/mode.js'
import { setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const open = async (methods: ClientMethods) => await setupOpenRpcStore({ rpcOptions: { methods } })
const ask = (store: RpcTestStore, id: unknown, method: unknown, params?: unknown) =>
  store.receiveJson({ jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) })

/** A method that returns when the test says so. */
const slow = () => {
  const calls: { answer: (value: unknown) => void; signal: AbortSignal }[] = []
  const method = async (_params: unknown, { signal }: { signal: AbortSignal }) =>
    await new Promise((answer) => calls.push({ answer, signal }))
  return { calls, method }
}

describe('a request of the server', () => {
  it('is replied to under its own id', async () => {
    const store = await open({
      add: ([a, b]: [number, number]) => a + b,
      later: async () => await Promise.resolve('later'),
    })
    ask(store, 'x', 'add', [1, 2])
    ask(store, 0, 'later')
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([
      { jsonrpc: '2.0', id: 'x', result: 3 },
      { jsonrpc: '2.0', id: 0, result: 'later' },
    ])
  })

  it('is replied to with null when the method returns nothing', async () => {
    const store = await open({ nothing: () => undefined })
    ask(store, 1, 'nothing')
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 1, result: null })
  })

  it.each(['unknown', 'toString', '__proto__', 'constructor'])('is refused for an unknown method: %s', async (name) => {
    const store = await open({ known: () => 1 })
    ask(store, 1, name)
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'Method not found' } })
  })

  it.each([
    ['a method that is not a string', 1, 7, undefined, 1],
    ['an id that is an object', { a: 1 }, 'known', undefined, null],
    ['the id null', null, 'known', undefined, null],
  ])('is refused as invalid with %s', async (_what, id, method, params, answered) => {
    const store = await open({ known: () => 1 })
    ask(store, id, method, params)
    expect(store.lastMessage()).toEqual({
      jsonrpc: '2.0',
      id: answered,
      error: { code: -32600, message: 'Invalid Request' },
    })
  })

  it.each([7, 'text', false, null, [1], { a: 1 }])(
    'may have the params %j, although the specification asks for a structure',
    async (params) => {
      const store = await open({ echo: (given: unknown) => given })
      ask(store, 1, 'echo', params)
      expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 1, result: params })
    },
  )

  it('is replied to with the error of a method that has an integer as its code', async () => {
    const store = await open({
      no: () => {
        throw Object.assign(new Error('not now'), { code: 7, data: { retry: true } })
      },
    })
    ask(store, 1, 'no')
    expect(store.lastMessage()).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: 7, message: 'not now', data: { retry: true } },
    })
    expect(store.errors()).toEqual([])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('the token abc')
      },
    ],
    ['rejects', async () => await Promise.reject(Object.assign(new Error('the token abc'), { code: 'E_TOKEN' }))],
  ])('gets no details when the method %s another error, which is reported to the app', async (_how, method) => {
    const store = await open({ bad: method })
    ask(store, 1, 'bad')
    await advanceTime(1)
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } })
    expect(store.errors()).toEqual(['callback_failed'])
    expect(store.state().error?.message).toEqual(sentence('"methods.bad" threw: the token abc', 'the token abc'))
  })

  it('in a batch is replied to in one batch', async () => {
    const store = await open({ add: ([a, b]: [number, number]) => a + b })
    store.receiveJson([
      { jsonrpc: '2.0', id: 1, method: 'add', params: [1, 2] },
      { jsonrpc: '2.0', method: 'add', params: [3, 4] },
      { jsonrpc: '2.0', id: 2, method: 'nothing' },
    ])
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([
      [
        { jsonrpc: '2.0', id: 1, result: 3 },
        { jsonrpc: '2.0', id: 2, error: { code: -32601, message: 'Method not found' } },
      ],
    ])
  })

  it('is not replied to after it was cancelled, nor on another socket', async () => {
    const { calls, method } = slow()
    const store = await open({ slow: method })
    ask(store, 1, 'slow')
    ask(store, 2, 'slow')
    store.receiveJson([
      { jsonrpc: '2.0', id: 3, method: 'slow' },
      { jsonrpc: '2.0', id: 4, method: 'unknown' },
    ])
    store.receiveJson({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } })
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false, false])
    store.network.last.cut()
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true, true])
    await advanceTime(150)
    for (const { answer } of calls) answer('late')
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([])
  })
})

describe('a notification of the server', () => {
  it('calls the method of that name, and is never replied to', async () => {
    const received: unknown[] = []
    const store = await open({
      notice: (params) => received.push(params),
      bad: () => {
        throw new Error('oops')
      },
      worse: async () => await Promise.reject(new Error('oops')),
    })
    for (const method of ['notice', 'bad', 'worse', 'unknown'])
      store.receiveJson({ jsonrpc: '2.0', method, params: [method] })
    await advanceTime(1)
    expect(received).toEqual([['notice']])
    expect(store.sentMessages()).toEqual([])
    expect(store.errors()).toEqual(['callback_failed', 'callback_failed'])
    expect(store.recorder.of('socket/message')).toMatchObject([{ payload: { method: 'unknown' } }])
  })
})

inDevelopment(() =>
  describe('jsonRpc', () => {
    it.each([
      [{ methodz: {} }, 'jsonRpc: expected "methods" and "dialect", got "methodz".'],
      [{ methods: { a: 1 } }, 'jsonRpc: expected the method "a" to be a function, got 1.'],
    ])('throws for %j', (options, message) => {
      expect(() => jsonRpc(options as never)).toThrow(message)
    })
  }),
)

// Development refuses this option.
inProduction(() =>
  describe('a method that is not a function', () => {
    it('is replied to with an internal error, and reported', async () => {
      const store = await open({ bad: 1 as never })
      ask(store, 1, 'bad')
      expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } })
      expect(store.errors()).toEqual(['callback_failed'])
    })
  }),
)
