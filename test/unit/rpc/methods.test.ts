import { describe, expect, it } from '@jest/globals'
import { jsonRpc, type ClientMethods } from '../../../src/rpc/index.js'
import { inDevelopment, inProduction, sentence } from '../../support/mode.js'
import { openRpcWorld, passTime, useFakeTime, type RpcWorld } from './harness.js'

useFakeTime()

const open = async (methods: ClientMethods) => await openRpcWorld({ rpcOptions: { methods } })
const ask = (world: RpcWorld, id: unknown, method: unknown, params?: unknown) =>
  world.hearJson({ jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) })

/** A method that returns when the test says so. */
const slow = () => {
  const calls: { answer: (value: unknown) => void; signal: AbortSignal }[] = []
  const method = async (_params: unknown, { signal }: { signal: AbortSignal }) =>
    await new Promise((answer) => calls.push({ answer, signal }))
  return { calls, method }
}

describe('a request of the server', () => {
  it('is replied to under its own id', async () => {
    const world = await open({
      add: ([a, b]: [number, number]) => a + b,
      later: async () => await Promise.resolve('later'),
    })
    ask(world, 'x', 'add', [1, 2])
    ask(world, 0, 'later')
    await passTime(1)
    expect(world.asked()).toEqual([
      { jsonrpc: '2.0', id: 'x', result: 3 },
      { jsonrpc: '2.0', id: 0, result: 'later' },
    ])
  })

  it('is replied to with null when the method returns nothing', async () => {
    const world = await open({ nothing: () => undefined })
    ask(world, 1, 'nothing')
    expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', id: 1, result: null })
  })

  it.each(['unknown', 'toString', '__proto__', 'constructor'])('is refused for an unknown method: %s', async (name) => {
    const world = await open({ known: () => 1 })
    ask(world, 1, name)
    expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'Method not found' } })
  })

  it.each([
    ['a method that is not a string', 1, 7, undefined, 1],
    ['an id that is an object', { a: 1 }, 'known', undefined, null],
    ['the id null', null, 'known', undefined, null],
  ])('is refused as invalid with %s', async (_what, id, method, params, answered) => {
    const world = await open({ known: () => 1 })
    ask(world, id, method, params)
    expect(world.lastAsked()).toEqual({
      jsonrpc: '2.0',
      id: answered,
      error: { code: -32600, message: 'Invalid Request' },
    })
  })

  it.each([7, 'text', false, null, [1], { a: 1 }])(
    'may have the params %j, although the specification asks for a structure',
    async (params) => {
      const world = await open({ echo: (given: unknown) => given })
      ask(world, 1, 'echo', params)
      expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', id: 1, result: params })
    },
  )

  it('is replied to with the error of a method that has an integer as its code', async () => {
    const world = await open({
      no: () => {
        throw Object.assign(new Error('not now'), { code: 7, data: { retry: true } })
      },
    })
    ask(world, 1, 'no')
    expect(world.lastAsked()).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: 7, message: 'not now', data: { retry: true } },
    })
    expect(world.errors()).toEqual([])
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
    const world = await open({ bad: method })
    ask(world, 1, 'bad')
    await passTime(1)
    expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } })
    expect(world.errors()).toEqual(['callback_failed'])
    expect(world.state().error?.message).toEqual(sentence('"methods.bad" threw: the token abc', 'the token abc'))
  })

  it('in a batch is replied to in one batch', async () => {
    const world = await open({ add: ([a, b]: [number, number]) => a + b })
    world.hearJson([
      { jsonrpc: '2.0', id: 1, method: 'add', params: [1, 2] },
      { jsonrpc: '2.0', method: 'add', params: [3, 4] },
      { jsonrpc: '2.0', id: 2, method: 'nothing' },
    ])
    await passTime(1)
    expect(world.asked()).toEqual([
      [
        { jsonrpc: '2.0', id: 1, result: 3 },
        { jsonrpc: '2.0', id: 2, error: { code: -32601, message: 'Method not found' } },
      ],
    ])
  })

  it('is not replied to after it was cancelled, nor on another socket', async () => {
    const { calls, method } = slow()
    const world = await open({ slow: method })
    ask(world, 1, 'slow')
    ask(world, 2, 'slow')
    world.hearJson([
      { jsonrpc: '2.0', id: 3, method: 'slow' },
      { jsonrpc: '2.0', id: 4, method: 'unknown' },
    ])
    world.hearJson({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } })
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false, false])
    world.network.last.drop()
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true, true])
    await passTime(150)
    for (const { answer } of calls) answer('late')
    await passTime(1)
    expect(world.asked()).toEqual([])
  })
})

describe('a notification of the server', () => {
  it('calls the method of that name, and is never replied to', async () => {
    const received: unknown[] = []
    const world = await open({
      notice: (params) => received.push(params),
      bad: () => {
        throw new Error('oops')
      },
      worse: async () => await Promise.reject(new Error('oops')),
    })
    for (const method of ['notice', 'bad', 'worse', 'unknown'])
      world.hearJson({ jsonrpc: '2.0', method, params: [method] })
    await passTime(1)
    expect(received).toEqual([['notice']])
    expect(world.asked()).toEqual([])
    expect(world.errors()).toEqual(['callback_failed', 'callback_failed'])
    expect(world.recorder.of('socket/message')).toMatchObject([{ payload: { method: 'unknown' } }])
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
      const world = await open({ bad: 1 as never })
      ask(world, 1, 'bad')
      expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } })
      expect(world.errors()).toEqual(['callback_failed'])
    })
  }),
)
