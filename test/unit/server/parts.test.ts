import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { EventEmitter } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createAddressCount } from '../../../src/server/http/addresses.js'
import { chooseProtocol, codecFor } from '../../../src/server/codecs.js'
import { createLine } from '../../../src/server/connection/frameQueue.js'
import { createLiveness, watchIdle } from '../../../src/server/connection/liveness.js'
import { createPathMatcher, queryOf } from '../../../src/server/http/path.js'
import { createBucket } from '../../../src/server/connection/tokenBucket.js'
import { createSignals } from '../../../src/server/rpc/callSignals.js'

beforeEach(() => void jest.useFakeTimers({ now: 1_000 }))
afterEach(() => void jest.useRealTimers())

describe('a bucket of tokens', () => {
  it('gives what it holds, and what time has put back', () => {
    const bucket = createBucket(10, 3)
    expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false])
    jest.advanceTimersByTime(99)
    expect(bucket.take()).toBe(false)
    jest.advanceTimersByTime(1)
    expect(bucket.take()).toBe(true)
    expect(bucket.isFull()).toBe(false)
    jest.advanceTimersByTime(60_000)
    expect(bucket.isFull()).toBe(true)
    expect(bucket.take(4)).toBe(false)
    expect(bucket.take(3)).toBe(true)
  })

  it('takes a clock that is set back for no time at all', () => {
    const bucket = createBucket(10, 1)
    bucket.take()
    jest.setSystemTime(0)
    expect(bucket.take()).toBe(false)
    jest.advanceTimersByTime(100)
    expect(bucket.take()).toBe(true)
  })
})

describe('a path pattern', () => {
  it.each([
    [undefined, '/any?x', {}],
    ['/ws', '/ws?x=1', {}],
    ['/ws', '/ws/', undefined],
    ['/ws', '/wsx', undefined],
    ['/rooms/:room', '/rooms/a%20b', { room: 'a b' }],
    ['/rooms/:room', '/rooms/', undefined],
    ['/rooms/:room', '/rooms/a/b', undefined],
    ['/rooms/:room', '/rooms/%E0%A4%A', undefined],
    ['/:a/x/:b', '/1/x/2', { a: '1', b: '2' }],
  ])('%s and %s: %j', (pattern, url, groups) => {
    expect(createPathMatcher(pattern)(url)).toEqual(groups)
  })

  it('leaves the query to queryOf', () => {
    expect(queryOf('/a?b=1&c=%20')).toEqual({ b: '1', c: ' ' })
    expect([queryOf('/a'), queryOf(undefined)]).toEqual([{}, {}])
  })
})

describe('a line', () => {
  const open = (serve: (frame: unknown) => unknown, limits = {}) => {
    const overflow = jest.fn()
    const line = createLine({ maxFrames: 2, maxBytes: 10, overflow, ...limits })
    return { line, overflow, start: () => line.open(serve) }
  }

  it('keeps the order while one takes its time', async () => {
    const served: unknown[] = []
    let finish = () => {}
    const { line, start } = open((frame) => {
      served.push(frame)
      return frame === 'slow' ? new Promise<void>((resolve) => (finish = resolve)) : undefined
    })
    start()
    line.push('a')
    line.push('slow')
    line.push('b')
    expect(served).toEqual(['a', 'slow'])
    finish()
    await Promise.resolve()
    expect(served).toEqual(['a', 'slow', 'b'])
    line.push('c')
    expect(served).toEqual(['a', 'slow', 'b', 'c'])
  })

  it('holds so much and no more, and says so once', () => {
    const serve = jest.fn()
    const { line, overflow, start } = open(serve)
    for (const frame of ['a', 'b', 'c', 'd']) line.push(frame)
    expect(overflow).toHaveBeenCalledTimes(1)
    start()
    expect(serve.mock.calls).toEqual([['a'], ['b']])
    const bytes = open(serve)
    bytes.line.push('12345678901')
    expect(bytes.overflow).toHaveBeenCalledTimes(1)
  })
})

describe('a subprotocol', () => {
  const plain = { encode: String, decode: String }
  const cbor = { ...plain, subprotocol: 'cbor' }
  it.each([
    [[plain], [], false, plain],
    [[plain], ['app', 'x'], 'app', plain],
    [[plain, cbor], ['x', 'cbor'], 'cbor', cbor],
    [[plain, cbor], ['x'], 'x', plain],
    [[cbor], ['x'], false, cbor],
  ])('of %j and %j is %s', (codecs, offered, protocol, codec) => {
    const chosen = chooseProtocol(codecs as never, new Set(offered))
    expect(chosen).toBe(protocol)
    expect(codecFor(codecs as never, chosen === false ? '' : chosen)).toBe(codec)
  })
})

describe('watching for silence', () => {
  it('pings, and cuts off who did not answer by the next time; an empty house has no timer', () => {
    const socket = () => Object.assign(new EventEmitter(), { readyState: 1, ping: jest.fn(), terminate: jest.fn() })
    const [silent, lively] = [socket(), socket()]
    const liveness = createLiveness(30_000)
    liveness.watch(silent as never)
    const touch = liveness.watch(lively as never)
    jest.advanceTimersByTime(30_000)
    expect([silent.ping, lively.ping].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
    touch()
    jest.advanceTimersByTime(30_000)
    expect(silent.terminate).toHaveBeenCalledTimes(1)
    expect(lively.terminate).not.toHaveBeenCalled()
    silent.emit('close')
    lively.emit('close')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('closes what is idle, counted from the last touch', () => {
    const close = jest.fn()
    const idle = watchIdle(1_000, close)
    jest.advanceTimersByTime(900)
    idle.touch()
    jest.advanceTimersByTime(999)
    expect(close).not.toHaveBeenCalled()
    jest.advanceTimersByTime(1)
    expect(close).toHaveBeenCalledTimes(1)
    const stopped = watchIdle(1_000, close)
    stopped.stop()
    watchIdle(0, close).stop()
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('the signals of calls', () => {
  it('are aborted by the disconnect: running, answered, and asked for too late', () => {
    const signals = createSignals()
    const [running, answered, unasked, late] = [signals.create(), signals.create(), signals.create(), signals.create()]
    const told: string[] = []
    running.get().addEventListener('abort', () => told.push('running'))
    answered.get().addEventListener('abort', () => told.push('answered'))
    answered.end()
    unasked.end()
    late.end()
    const { get } = late
    signals.abortAll()
    expect(told).toEqual(['running', 'answered'])
    expect(get().aborted).toBe(true)
  })

  it('reach who listens, also when nobody else has the signal any more, and nothing is kept of the others', async () => {
    jest.useRealTimers()
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const signals = createSignals()
    const told: string[] = []
    let others: WeakRef<AbortSignal>[] = []
    const makeCalls = () => {
      others = Array.from({ length: 200 }, () => {
        const call = signals.create()
        const reference = new WeakRef(call.get())
        call.end()
        return reference
      })
      // Last, so that no sweep over the others comes after it.
      const [listened, polled] = [signals.create(), signals.create()]
      listened.get().addEventListener('abort', () => told.push('told'))
      listened.end()
      polled.end()
      return polled.get()
    }
    const polled = makeCalls()
    // A WeakRef holds what it refers to until the code that made it has ended.
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect(others.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(100)
    signals.abortAll()
    expect(told).toEqual(['told'])
    expect(polled.aborted).toBe(true)
  })

  it('are aborted one by one, and asked for after that are aborted', () => {
    const signals = createSignals()
    const [one, two] = [signals.create(), signals.create()]
    const other = two.get()
    one.abort()
    expect([one.get().aborted, other.aborted]).toEqual([true, false])
  })
})

it('addresses are forgotten with their last connection', () => {
  const { enter } = createAddressCount()
  const first = enter('a')
  expect([first.count, enter('a').count, enter('b').count]).toEqual([1, 2, 1])
  first.leave()
  first.leave()
  expect(enter('a').count).toBe(2)
})
