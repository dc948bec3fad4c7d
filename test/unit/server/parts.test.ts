import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { EventEmitter } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { chooseSubprotocol, codecFor } from '../../../src/server/codecs.js'
import { createFrameQueue } from '../../../src/server/connection/frameQueue.js'
import { createIdleTimer, createLiveness } from '../../../src/server/connection/liveness.js'
import { createMessageSource } from '../../../src/server/connection/messageSource.js'
import { createTokenBucket } from '../../../src/server/connection/tokenBucket.js'
import { createAddressCount } from '../../../src/server/http/addresses.js'
import { createPathMatcher, queryOf } from '../../../src/server/http/path.js'
import type { ServerConnection } from '../../../src/server/index.js'
import { createCallSignals } from '../../../src/server/rpc/callSignals.js'

beforeEach(() => void jest.useFakeTimers({ now: 1_000 }))
afterEach(() => void jest.useRealTimers())

describe('createTokenBucket', () => {
  it('gives the burst at once and refills with time', () => {
    const bucket = createTokenBucket(10, 3)
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

  it('adds no tokens when the clock is set back', () => {
    const bucket = createTokenBucket(10, 1)
    bucket.take()
    jest.setSystemTime(0)
    expect(bucket.take()).toBe(false)
    jest.advanceTimersByTime(100)
    expect(bucket.take()).toBe(true)
  })
})

describe('createPathMatcher', () => {
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
  ])('matches %s with %s: %j', (pattern, url, groups) => {
    expect(createPathMatcher(pattern)(url)).toEqual(groups)
  })

  it('ignores the query, which queryOf reads', () => {
    expect(queryOf('/a?b=1&c=%20')).toEqual({ b: '1', c: ' ' })
    expect([queryOf('/a'), queryOf(undefined)]).toEqual([{}, {}])
  })
})

describe('createFrameQueue', () => {
  const create = (process: (frame: unknown) => unknown, limits = {}) => {
    const calls = {
      pause: jest.fn(),
      resume: jest.fn(),
      onOverflow: jest.fn(),
      onOverRate: jest.fn(),
      onImpatient: jest.fn(),
    }
    const queue = createFrameQueue({ rate: undefined, maxBytes: 1e6, ...calls, ...limits }, undefined)
    return { queue, ...calls, start: () => queue.start(process) }
  }

  it('keeps the order while a frame is being processed', async () => {
    const processed: unknown[] = []
    let finish = () => {}
    const { queue, start } = create((frame) => {
      processed.push(frame)
      return frame === 'slow' ? new Promise<void>((resolve) => (finish = resolve)) : undefined
    })
    start()
    queue.push('a')
    queue.push('slow')
    queue.push('b')
    expect(processed).toEqual(['a', 'slow'])
    finish()
    await Promise.resolve()
    expect(processed).toEqual(['a', 'slow', 'b'])
    queue.push('c')
    expect(processed).toEqual(['a', 'slow', 'b', 'c'])
  })

  it('pauses the socket while many frames wait, and resumes it when none does', () => {
    const processed: unknown[] = []
    const { queue, pause, resume, start } = create((frame) => void processed.push(frame))
    for (let count = 0; count < 63; count++) queue.push(String(count))
    expect(pause).not.toHaveBeenCalled()
    for (let count = 63; count < 70; count++) queue.push(String(count))
    expect(pause).toHaveBeenCalledTimes(1)
    start()
    expect(processed).toEqual(Array.from({ length: 70 }, (_, count) => String(count)))
    expect(resume).toHaveBeenCalledTimes(1)
  })

  it('pauses the socket while many bytes wait', () => {
    const { queue, pause } = create(() => undefined)
    queue.push('x'.repeat(256 * 1024))
    expect(pause).toHaveBeenCalledTimes(1)
  })

  it('calls onOverflow once when more bytes wait than may, and takes no frame any more', () => {
    const process = jest.fn()
    const { queue, onOverflow, start } = create(process, { maxBytes: 10 })
    queue.push('a frame that is alone may be larger')
    expect(onOverflow).not.toHaveBeenCalled()
    for (const frame of ['b', 'c']) queue.push(frame)
    expect(onOverflow).toHaveBeenCalledTimes(1)
    start()
    expect(process).not.toHaveBeenCalled()
  })

  it('calls whenIdle after the frames that wait, and at once when it is stopped', async () => {
    const onIdle = jest.fn()
    let finish = () => {}
    const { queue, start } = create(async () => await new Promise<void>((resolve) => (finish = resolve)))
    queue.push('a')
    queue.whenIdle(onIdle)
    start()
    expect(onIdle).not.toHaveBeenCalled()
    finish()
    await Promise.resolve()
    await Promise.resolve()
    expect(onIdle).toHaveBeenCalledTimes(1)
    const other = create(() => undefined)
    other.queue.push('a')
    other.queue.whenIdle(onIdle)
    other.queue.stop()
    expect(onIdle).toHaveBeenCalledTimes(2)
  })
})

describe('the rate of a frame queue', () => {
  const create = (perSecond: number, burst: number, patience: number) => {
    const processed: unknown[] = []
    const calls = {
      pause: jest.fn(),
      resume: jest.fn(),
      onOverflow: jest.fn(),
      onOverRate: jest.fn(),
      onImpatient: jest.fn(),
    }
    const rate = { perSecond, burst, bytesPerSecond: 1e6, bytesBurst: 1e6, patience }
    const queue = createFrameQueue({ rate, maxBytes: 1e6, ...calls }, undefined)
    queue.start((frame) => void processed.push(frame))
    return { queue, processed, ...calls }
  }

  it('lets frames through as tokens come back', () => {
    const { queue, processed, onOverRate } = create(10, 2, 1e6)
    for (let count = 0; count < 5; count++) queue.push(String(count))
    expect(processed).toHaveLength(2)
    jest.advanceTimersByTime(100)
    expect(processed).toHaveLength(3)
    jest.advanceTimersByTime(200)
    expect(processed).toEqual(['0', '1', '2', '3', '4'])
    expect(onOverRate).toHaveBeenCalledTimes(1)
  })

  it('is impatient with a client that stays above it, and not with one that is below it in between', () => {
    const { queue, processed, onImpatient } = create(10, 1, 1_000)
    queue.push('first')
    for (let second = 0; second < 10; second++) {
      for (let count = 0; count < 5; count++) queue.push('x')
      jest.advanceTimersByTime(1_000)
    }
    expect(onImpatient).not.toHaveBeenCalled()
    expect(processed).toHaveLength(51)
    for (let count = 0; count < 30; count++) queue.push('x')
    jest.advanceTimersByTime(1_500)
    expect(onImpatient).toHaveBeenCalledTimes(1)
  })

  it('does not hold up a connection that is closing', () => {
    const { queue, processed } = create(0.001, 1, 1e6)
    for (const frame of ['a', 'b', 'c']) queue.push(frame)
    queue.hurry()
    expect(processed).toEqual(['a', 'b', 'c'])
    queue.push('d')
    expect(processed).toHaveLength(4)
  })
})

describe('a loop over messages', () => {
  const sender = {} as ServerConnection
  const guard = ((_what: string, run: () => unknown) => run()) as never
  const create = (keepsFirst = false) => {
    const source = createMessageSource({ toItem: (message: unknown) => message, keepsFirst })
    return {
      source,
      emit: (message: unknown, bytes = 1) =>
        source.emit({ message, sender, info: { isRedelivered: false }, bytes, guard }),
    }
  }
  const readAll = async (loop: AsyncIterator<unknown>, count: number) => {
    const items: unknown[] = []
    for (let index = 0; index < count; index++) items.push((await loop.next()).value)
    return items
  }

  it('holds up what is emitted after 256 messages, in order, until half of them are read', async () => {
    const { source, emit } = create()
    const loop = source[Symbol.asyncIterator]()
    const emitted: number[] = []
    for (let number = 0; number < 1_000; number++) {
      const held = emit(number)
      if (held) void held.then(() => emitted.push(number))
      else emitted.push(number)
    }
    await Promise.resolve()
    expect(emitted).toHaveLength(256)
    await readAll(loop, 127)
    await jest.advanceTimersByTimeAsync(0)
    expect(emitted).toHaveLength(256)
    expect(await readAll(loop, 873)).toEqual(Array.from({ length: 873 }, (_, index) => index + 127))
    expect(emitted).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
    expect(jest.getTimerCount()).toBe(0)
  })

  it('holds up what is emitted after 1 MiB', () => {
    const { source, emit } = create()
    source[Symbol.asyncIterator]()
    expect(emit('large', 1024 * 1024)).toBeUndefined()
    expect(emit('next')).toBeInstanceOf(Promise)
  })

  it('throws when it reads nothing for 30 s, and lets the others through', async () => {
    const { source, emit } = create()
    const slow = source[Symbol.asyncIterator]()
    const seen: unknown[] = []
    source.forEach((message) => seen.push(message))
    for (let number = 0; number < 300; number++) void emit(number)
    expect(seen).toHaveLength(256)
    await jest.advanceTimersByTimeAsync(29_999)
    await readAll(slow, 1)
    await jest.advanceTimersByTimeAsync(29_999)
    expect(seen).toHaveLength(256)
    await jest.advanceTimersByTimeAsync(1)
    expect(seen).toHaveLength(300)
    await readAll(slow, 255)
    await expect(slow.next()).rejects.toMatchObject({ code: 'reader_too_slow' })
  })

  it('lets the others through when it is left', async () => {
    const { source, emit } = create()
    const loop = source[Symbol.asyncIterator]()
    for (let number = 0; number < 256; number++) void emit(number)
    const held = emit('next')
    await loop.return?.()
    await expect(held).resolves.toBeUndefined()
  })

  it('that has not started keeps 1000 messages, and throws after more', async () => {
    const { source, emit } = create(true)
    for (let number = 0; number < 1_001; number++) expect(emit(number)).toBeUndefined()
    const loop = source[Symbol.asyncIterator]()
    expect(await readAll(loop, 1_000)).toHaveLength(1_000)
    await expect(loop.next()).rejects.toMatchObject({ code: 'reader_too_slow' })
  })
})

describe('chooseSubprotocol', () => {
  const plain = { encode: String, decode: String }
  const cbor = { ...plain, subprotocol: 'cbor' }
  it.each([
    [[plain], [], false, plain],
    [[plain], ['app', 'x'], 'app', plain],
    [[plain, cbor], ['x', 'cbor'], 'cbor', cbor],
    [[plain, cbor], ['x'], 'x', plain],
    [[cbor], ['x'], false, cbor],
  ])('chooses for the codecs %j and the offer %j: %s', (codecs, offered, subprotocol, codec) => {
    const chosen = chooseSubprotocol(codecs as never, new Set(offered))
    expect(chosen).toBe(subprotocol)
    expect(codecFor(codecs as never, chosen === false ? '' : chosen)).toBe(codec)
  })
})

describe('createLiveness', () => {
  it('pings, terminates sockets that did not answer by the next ping, and has no timer without sockets', () => {
    const socket = () => Object.assign(new EventEmitter(), { readyState: 1, ping: jest.fn(), terminate: jest.fn() })
    const [silent, lively] = [socket(), socket()]
    const liveness = createLiveness(30_000)
    liveness.watch(silent as never)
    const markAlive = liveness.watch(lively as never)
    jest.advanceTimersByTime(30_000)
    expect([silent.ping, lively.ping].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
    markAlive()
    jest.advanceTimersByTime(30_000)
    expect(silent.terminate).toHaveBeenCalledTimes(1)
    expect(lively.terminate).not.toHaveBeenCalled()
    silent.emit('close')
    lively.emit('close')
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('createIdleTimer', () => {
  it('calls back when the time since the last restart is over', () => {
    const onIdle = jest.fn()
    const idle = createIdleTimer(1_000, onIdle)
    jest.advanceTimersByTime(900)
    idle.restart()
    jest.advanceTimersByTime(999)
    expect(onIdle).not.toHaveBeenCalled()
    jest.advanceTimersByTime(1)
    expect(onIdle).toHaveBeenCalledTimes(1)
    const stopped = createIdleTimer(1_000, onIdle)
    stopped.stop()
    createIdleTimer(0, onIdle).stop()
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('createCallSignals', () => {
  it('aborts the signals of running and ended calls, and those that are read later', () => {
    const signals = createCallSignals()
    const [running, ended, unread, late] = [signals.create(), signals.create(), signals.create(), signals.create()]
    const aborted: string[] = []
    running.get().addEventListener('abort', () => aborted.push('running'))
    ended.get().addEventListener('abort', () => aborted.push('ended'))
    ended.end()
    unread.end()
    late.end()
    const { get } = late
    signals.abortAll()
    expect(aborted).toEqual(['running', 'ended'])
    expect(get().aborted).toBe(true)
  })

  it('keeps signals with a listener and releases the others', async () => {
    jest.useRealTimers()
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const signals = createCallSignals()
    const aborted: string[] = []
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
      listened.get().addEventListener('abort', () => aborted.push('listened'))
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
    expect(aborted).toEqual(['listened'])
    expect(polled.aborted).toBe(true)
  })

  it('aborts one signal alone, also when it is read afterwards', () => {
    const signals = createCallSignals()
    const [one, two] = [signals.create(), signals.create()]
    const other = two.get()
    one.abort()
    expect([one.get().aborted, other.aborted]).toEqual([true, false])
  })
})

describe('createAddressCount', () => {
  it('forgets an address when its last connection leaves', () => {
    const { enter } = createAddressCount()
    const first = enter('a')
    expect([first.count, enter('a').count, enter('b').count]).toEqual([1, 2, 1])
    first.leave()
    first.leave()
    expect(enter('a').count).toBe(2)
  })
})
