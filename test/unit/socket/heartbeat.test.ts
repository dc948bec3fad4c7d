import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import type { FakePeer } from '../../support/fakeWebSocket.js'
import { createTestStore } from '../../support/store.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createEngine, onFakeTime, pass, type Engine, type EngineOptions } from './engine.js'

const hour = 3_600_000
const beat = { interval: 10_000, timeout: 5_000 }

onFakeTime()

/** The server answers every ping, `after` so many milliseconds. */
const answer = (peer: FakePeer, after = 1): void => {
  peer.onSent = (frame) => {
    if (frame === 'ping') setTimeout(() => peer.receive('pong'), after)
  }
}

const pings = ({ network }: Engine): number =>
  network.sockets.reduce((sum, { sent }) => sum + sent.filter((frame) => frame === 'ping').length, 0)

/** When each ping went out, in milliseconds since `open`. */
const watchPings = (engine: Engine): number[] => {
  const times: number[] = []
  const since = Date.now()
  const { onDial } = engine.network
  engine.network.onDial = (peer) => {
    onDial?.(peer)
    const { client } = peer
    const send = client.send.bind(client)
    client.send = (frame) => {
      if (frame === 'ping') times.push(Date.now() - since)
      send(frame)
    }
  }
  return times
}

const openEngine = async (options: EngineOptions = {}, after: number | null = 1): Promise<Engine> => {
  const engine = createEngine({ heartbeat: beat, ...options })
  engine.network.onDial = (peer) => {
    if (after !== null) answer(peer, after)
  }
  await engine.open()
  return engine
}

const missed = (engine: Engine) => engine.of('error').filter(({ code }) => code === 'heartbeat_missed')

describe('a heartbeat', () => {
  it('asks right after ready, behind what waited', async () => {
    const engine = createEngine({ heartbeat: beat })
    engine.send('first')
    await engine.open()
    expect(engine.network.last.sent).toEqual(['first', 'ping'])
  })

  it('asks every interval from then on', async () => {
    const engine = createEngine({ heartbeat: beat })
    engine.network.onDial = (peer) => answer(peer)
    const times = watchPings(engine)
    await engine.open()
    await pass(30_000)
    expect(times).toEqual([0, 10_000, 20_000, 30_000])
  })

  it('does nothing before the handshake is done', async () => {
    let finish = () => {}
    const handshake = async () => await new Promise<void>((resolve) => (finish = resolve))
    const engine = createEngine({ heartbeat: beat, handshake })
    await engine.open()
    await pass(9_000)
    expect(engine.network.last.sent).toEqual([])
    finish()
    await pass()
    expect(engine.network.last.sent).toEqual(['ping'])
  })

  it('keeps its answers from the store, and hands on everything else', async () => {
    const engine = await openEngine()
    engine.network.last.receive('hello')
    await pass(25_000)
    engine.network.last.receive(new Uint8Array([1]))
    expect(engine.received).toEqual(['hello', expect.any(ArrayBuffer)])
    expect(pings(engine)).toBe(3)
  })

  it('has its own texts', async () => {
    const engine = await openEngine({ heartbeat: { ...beat, message: '?', reply: '!' } }, null)
    const peer = engine.network.last
    expect(peer.sent).toEqual(['?'])
    peer.receive('pong')
    peer.receive('!')
    await pass(10_000)
    expect(peer.sent).toEqual(['?', '?'])
    expect(engine.received).toEqual(['pong'])
  })

  it('may ask with bytes and know its answers by a function', async () => {
    const reply = jest.fn((frame: unknown) => frame instanceof ArrayBuffer && frame.byteLength === 1)
    const engine = await openEngine({ heartbeat: { ...beat, message: new Uint8Array([9]), reply } }, null)
    const peer = engine.network.last
    expect(peer.sent).toEqual([new Uint8Array([9]).buffer])
    peer.receive(new Uint8Array([10]))
    peer.receive('pong')
    expect(engine.received).toEqual(['pong'])
    expect(reply).toHaveBeenCalledTimes(2)
    expect(engine.of('error')).toEqual([])
  })

  it('tells the last round trip', async () => {
    const engine = await openEngine({}, 120)
    await pass(200)
    expect(engine.of('changed')).toEqual([expect.objectContaining({ latency: 120 })])
    answer(engine.network.last, 30)
    await pass(10_000)
    expect(engine.of('changed').at(-1)).toMatchObject({ latency: 30 })
  })

  it('tells it to the store, and takes it back with the socket', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    network.onDial = (peer) => answer(peer, 40)
    const { connect } = createSocketActions()
    const store = createTestStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket, heartbeat: beat })
    void store.dispatch(connect())
    await pass(100)
    expect(store.state().latency).toBe(40)
    network.last.drop()
    expect(store.state().latency).toBeNull()
    expect(store.recorder.count('socket/message')).toBe(0)
  })

  it('goes out also while the app’s own sends wait', async () => {
    const engine = await openEngine({ network: { slow: true }, queue: { highWaterMark: 10 } }, null)
    engine.send('more than ten bytes')
    engine.send('waits')
    engine.network.last.receive('pong')
    await pass(10_000)
    engine.network.last.read()
    expect(engine.network.last.sent.slice(0, 3)).toEqual(['ping', 'more than ten bytes', 'ping'])
  })
})

describe('silence', () => {
  it('is judged from the question: a message just before it is no excuse', async () => {
    const engine = await openEngine({}, null)
    const peer = engine.network.last
    peer.receive('pong')
    await pass(9_999)
    peer.receive('hello')
    await pass(1)
    expect(pings(engine)).toBe(2)
    await pass(4_999)
    expect(missed(engine)).toEqual([])
    await pass(1)
    expect(missed(engine)).toHaveLength(1)
  })

  it('ends with any frame: one that is no answer is proof of life too', async () => {
    const engine = await openEngine({}, null)
    const peer = engine.network.last
    for (let n = 0; n < 20; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await pass(4_000)
      peer.receive('busy')
    }
    expect(missed(engine)).toEqual([])
    expect(engine.network.sockets).toHaveLength(1)
    // It asks on, at its own pace.
    expect(pings(engine)).toBe(9)
  })

  it('of a peer that had answered: gives the socket up and dials at once, without waiting for its close', async () => {
    const engine = await openEngine({ network: { halfOpen: true } })
    const old = engine.network.last
    await pass(10_000)
    old.freeze()
    engine.network.mode = 'accept'
    engine.types()
    await pass(4_999)
    expect(engine.network.sockets).toHaveLength(1)
    await pass(2)
    expect(engine.network.sockets).toHaveLength(2)
    expect(engine.phase()).toBe('open')
    expect(engine.types().filter((type) => type !== 'changed')).toEqual([
      'error',
      'closed',
      'reconnecting',
      'connecting',
      'opened',
    ])
    expect(engine.of('closed')).toEqual([
      expect.objectContaining({ code: null, cause: 'timeout', wasClean: false, next: 'reconnecting' }),
    ])
    expect(engine.of('reconnecting')).toEqual([expect.objectContaining({ attempt: 1, delay: 0 })])
    // The platform finds out a minute later; that is nobody's concern any more.
    old.client.dispatchEvent(new Event('error'))
    old.drop()
    await pass(1)
    expect(engine.phase()).toBe('open')
  })

  it('of a peer that never answered: backs off, so that a server that knows no ping is not hammered', async () => {
    const engine = await openEngine({ network: { mode: 'accept' } }, null)
    await pass(5_000)
    expect(engine.phase()).toBe('reconnecting')
    expect(engine.of('reconnecting')).toEqual([expect.objectContaining({ delay: 1_000 })])
    await pass(999)
    expect(engine.network.sockets).toHaveLength(1)
    await pass(1)
    expect(engine.network.sockets).toHaveLength(2)
  })

  it('of the next socket is judged by that socket alone', async () => {
    const engine = await openEngine({ network: { mode: 'accept' } })
    await pass(1)
    engine.network.onDial = null
    engine.network.last.freeze()
    // The first had answered: at once. The second never did: after the backoff.
    await pass(15_000)
    expect(engine.network.sockets).toHaveLength(2)
    await pass(5_000)
    expect(engine.of('reconnecting').map(({ delay }) => delay)).toEqual([0, 1_000])
  })

  it('while bytes drain is none: a slow peer has not come to the question yet', async () => {
    const engine = await openEngine({ network: { slow: true } }, null)
    const peer = engine.network.last
    peer.read()
    peer.receive('pong')
    engine.send('x'.repeat(100_000))
    for (let n = 0; n < 10; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await pass(5_000)
      peer.read(1_000)
    }
    expect(missed(engine)).toEqual([])
    // It stops reading.
    await pass(15_000)
    expect(missed(engine)).toHaveLength(1)
  })

  it('may last longer than the interval: one question at a time', async () => {
    const engine = await openEngine({ heartbeat: { interval: 1_000, timeout: 8_000 } }, 5_000)
    await pass(60_000)
    expect(missed(engine)).toEqual([])
    expect(pings(engine)).toBe(12)
    engine.network.last.freeze()
    await pass(9_000)
    expect(missed(engine)).toHaveLength(1)
  })

  it('costs a retry, and the last one ends in `failed`', async () => {
    const engine = await openEngine(
      { network: { mode: 'accept' }, reconnect: { maxRetries: 1, minUptime: 60_000 } },
      null,
    )
    await pass(60_000)
    expect(engine.network.sockets).toHaveLength(2)
    expect(engine.phase()).toBe('failed')
    expect(engine.of('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  })
})

describe('a heartbeat that only listens', () => {
  const listening: EngineOptions = { heartbeat: { ...beat, message: false }, network: { mode: 'accept' } }

  it('sends nothing', async () => {
    const engine = await openEngine(listening, null)
    for (let n = 0; n < 10; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await pass(14_999)
      engine.network.last.receive('beat')
    }
    expect(engine.network.last.sent).toEqual([])
    expect(engine.network.sockets).toHaveLength(1)
    expect(engine.received).toHaveLength(10)
  })

  it('notices a peer that never says a word', async () => {
    const engine = await openEngine(listening, null)
    await pass(14_999)
    expect(missed(engine)).toEqual([])
    await pass(1)
    expect(missed(engine)).toHaveLength(1)
  })

  it('has nothing to ask when the page wakes', async () => {
    const engine = await openEngine(listening, null)
    await pass(1_000)
    expect(engine.network.last.sent).toEqual([])
  })
})

describe('a page whose timers are clamped to one a minute', () => {
  const clamp = () => {
    const real = globalThis.setTimeout
    jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation((task, ms = 0) => real(task, Math.ceil((Date.now() + ms) / 60_000) * 60_000 - Date.now()))
  }
  /** Answers come in time: only timers are clamped, not the network. */
  const answerNow = (engine: Engine) => {
    engine.network.last.onSent = (frame) => {
      if (frame === 'ping') engine.network.last.receive('pong')
    }
  }

  it.each([
    [10_000, 5_000],
    [30_000, 10_000],
    [1_000, 500],
    [25_000, 60_000],
    [59_000, 1],
    [120_000, 30_000],
  ])('raises no false alarm (every %i ms, within %i ms)', async (interval, timeout) => {
    const engine = await openEngine({ heartbeat: { interval, timeout } }, null)
    answerNow(engine)
    engine.network.last.receive('pong')
    clamp()
    await pass(hour)
    expect(engine.of('error')).toEqual([])
    expect(engine.network.sockets).toHaveLength(1)
    expect(pings(engine)).toBeGreaterThan(20)
  })

  it('still finds a dead peer, within minutes', async () => {
    const engine = await openEngine({}, null)
    answerNow(engine)
    engine.network.last.receive('pong')
    clamp()
    await pass(10 * 60_000)
    engine.network.last.freeze()
    await pass(4 * 60_000)
    expect(missed(engine)).toHaveLength(1)
  })
})

describe('a laptop that slept', () => {
  /** The clock goes on, timers do not. */
  const sleep = (ms: number) => jest.setSystemTime(Date.now() + ms)

  it.each([1_000, 20_000, hour])(
    'for %i ms between two questions: asks soon, and is content with the answer',
    async (ms) => {
      const engine = await openEngine()
      await pass(5_000)
      sleep(ms)
      await pass(5_001)
      expect(pings(engine)).toBe(2)
      await pass(60_000)
      expect(missed(engine)).toEqual([])
    },
  )

  it('over a question: asks once more before it gives up', async () => {
    const engine = await openEngine()
    await pass(9_000)
    engine.network.last.onSent = null
    await pass(2_000)
    expect(pings(engine)).toBe(2)
    sleep(hour)
    answer(engine.network.last)
    await pass(60_000)
    expect(missed(engine)).toEqual([])
    expect(pings(engine)).toBeGreaterThan(6)
  })

  it('and whose connection has died meanwhile: notices within two timeouts and a look at the clock', async () => {
    const engine = await openEngine()
    await pass(11_000)
    engine.network.last.freeze()
    await pass(10_000)
    sleep(hour)
    await pass(5_000 + 2 * 5_000)
    expect(missed(engine)).toHaveLength(1)
  })

  it('is forgiven once, not for ever', async () => {
    const engine = await openEngine()
    await pass(1_000)
    engine.network.last.freeze()
    for (let night = 0; night < 5 && missed(engine).length === 0; night++) {
      // oxlint-disable-next-line no-await-in-loop
      await pass(10_000)
      sleep(hour)
      // oxlint-disable-next-line no-await-in-loop
      await pass(5_000)
    }
    expect(missed(engine).length).toBeGreaterThan(0)
  })

  it('whose clock was set back waits no longer than it would have', async () => {
    const engine = await openEngine()
    await pass(5_000)
    sleep(-2_000)
    engine.network.last.freeze()
    await pass(30_000)
    expect(missed(engine)).toHaveLength(1)
  })
})

describe('answers out of step', () => {
  it('that nobody asked for prove nothing and disturb nothing', async () => {
    const engine = await openEngine({}, null)
    const peer = engine.network.last
    for (let n = 0; n < 50; n++) peer.receive('pong')
    engine.send('a', { id: 'a' })
    for (let n = 0; n < 50; n++) peer.receive('pong')
    peer.drop()
    await pass(1)
    expect(engine.received).toEqual([])
    expect(engine.of('dropped')).toEqual([expect.objectContaining({ reason: 'indeterminate', ids: ['a'] })])
  })

  it('that come late count for the question that they answer', async () => {
    const engine = await openEngine({}, null)
    const peer = engine.network.last
    engine.send('a', { id: 'a' })
    await pass(1_000)
    peer.receive('busy')
    await pass(9_000)
    // The second question, which alone would prove `a`; its answer has not come yet.
    engine.send('b', { id: 'b' })
    peer.receive('pong')
    peer.drop()
    await pass(1)
    expect(engine.of('dropped')).toEqual([
      expect.objectContaining({ reason: 'indeterminate', ids: ['a', 'b'], count: 2 }),
    ])
  })

  it('leave the heartbeat in step: one question an interval', async () => {
    const engine = await openEngine({}, null)
    const peer = engine.network.last
    await pass(1_000)
    peer.receive('busy')
    await pass(4_000)
    answer(peer)
    await pass(100_000)
    expect(pings(engine)).toBe(11)
    expect(missed(engine)).toEqual([])
  })
})

describe('after the end', () => {
  it.each<[string, (engine: Engine) => void]>([
    ['socketClose', (engine) => engine.close()],
    ['a close by the server', (engine) => engine.network.last.serverClose(1000)],
    ['a failure', (engine) => engine.network.last.serverClose(4403)],
    ['dispose', (engine) => engine.dispose()],
  ])('%s: no ping, no timer', async (_how, end) => {
    const engine = await openEngine()
    await pass(15_000)
    end(engine)
    await pass(100)
    const asked = pings(engine)
    expect(jest.getTimerCount()).toBe(0)
    await pass(hour)
    expect(pings(engine)).toBe(asked)
    expect(missed(engine)).toEqual([])
  })

  it('of a socket, its heartbeat ends with it: one heartbeat, however many sockets there were', async () => {
    const engine = await openEngine({ network: { mode: 'accept' } })
    for (let n = 0; n < 5; n++) {
      engine.network.last.drop()
      // oxlint-disable-next-line no-await-in-loop
      await pass(1_500)
    }
    const before = pings(engine)
    await pass(10_000)
    expect(pings(engine)).toBe(before + 1)
  })

  it('none is asked while a goodbye is under way, and its silence is the close’s own', async () => {
    const engine = await openEngine({ network: { halfOpen: true }, closeTimeout: 60_000 })
    await pass(5_000)
    engine.close()
    await pass(30_000)
    expect(pings(engine)).toBe(1)
    expect(missed(engine)).toEqual([])
    await pass(30_000)
    expect(engine.of('closed')).toEqual([expect.objectContaining({ code: null, cause: 'timeout', next: 'closed' })])
  })
})
