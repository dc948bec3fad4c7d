import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import type { FakeConnection } from '../../../src/testing/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { type ConnectionOptions, setupConnection, type TestConnection } from '../../support/setupConnection.js'
import { setupStore } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'

const hour = 3_600_000
const beat = { interval: 10_000, timeout: 5_000 }

useFakeTime()

/** The server answers every ping after `after` milliseconds. */
const answer = (peer: FakeConnection, after = 1): void => {
  peer.onReceived = (frame) => {
    if (frame === 'ping') setTimeout(() => peer.sendRaw('pong'), after)
  }
}

const pings = ({ network }: TestConnection): number =>
  network.connections.reduce((sum, { receivedRaw: sent }) => sum + sent.filter((frame) => frame === 'ping').length, 0)

/** When each ping went out, in milliseconds since `open`. */
const watchPings = (connection: TestConnection): number[] => {
  const times: number[] = []
  const since = Date.now()
  const { onAttempt: onSocket } = connection.network
  connection.network.onAttempt = (peer) => {
    onSocket?.(peer)
    const { socket: client } = peer
    const send = client.send.bind(client)
    client.send = (frame) => {
      if (frame === 'ping') times.push(Date.now() - since)
      send(frame)
    }
  }
  return times
}

const openWithHeartbeat = async (
  options: ConnectionOptions = {},
  after: number | null = 1,
): Promise<TestConnection> => {
  const connection = setupConnection({ heartbeat: beat, ...options })
  connection.network.onAttempt = (peer) => {
    if (after !== null) answer(peer, after)
  }
  await connection.open()
  return connection
}

const missed = (connection: TestConnection) =>
  connection.eventsOf('error').filter(({ code }) => code === 'heartbeat_missed')

describe('a heartbeat', () => {
  it('asks right after ready, behind the queue', async () => {
    const connection = setupConnection({ heartbeat: beat })
    connection.send('first')
    await connection.open()
    expect(connection.network.last.receivedRaw).toEqual(['first', 'ping'])
  })

  it('asks every interval from then on', async () => {
    const connection = setupConnection({ heartbeat: beat })
    connection.network.onAttempt = (peer) => answer(peer)
    const times = watchPings(connection)
    await connection.open()
    await advanceTime(30_000)
    expect(times).toEqual([0, 10_000, 20_000, 30_000])
  })

  it('does nothing before the handshake is done', async () => {
    let finish = () => {}
    const handshake = async () => await new Promise<void>((resolve) => (finish = resolve))
    const connection = setupConnection({ heartbeat: beat, handshake })
    await connection.open()
    await advanceTime(9_000)
    expect(connection.network.last.receivedRaw).toEqual([])
    finish()
    await advanceTime()
    expect(connection.network.last.receivedRaw).toEqual(['ping'])
  })

  it('keeps its answers from the store, and passes on everything else', async () => {
    const connection = await openWithHeartbeat()
    connection.network.last.sendRaw('hello')
    await advanceTime(25_000)
    connection.network.last.sendRaw(new Uint8Array([1]))
    expect(connection.received).toEqual(['hello', expect.any(ArrayBuffer)])
    expect(pings(connection)).toBe(3)
  })

  it('uses the given texts', async () => {
    const connection = await openWithHeartbeat({ heartbeat: { ...beat, message: '?', reply: '!' } }, null)
    const peer = connection.network.last
    expect(peer.receivedRaw).toEqual(['?'])
    peer.sendRaw('pong')
    peer.sendRaw('!')
    await advanceTime(10_000)
    expect(peer.receivedRaw).toEqual(['?', '?'])
    expect(connection.received).toEqual(['pong'])
  })

  it('may ask with bytes and recognize its answers with a function', async () => {
    const reply = jest.fn((frame: unknown) => frame instanceof ArrayBuffer && frame.byteLength === 1)
    const connection = await openWithHeartbeat({ heartbeat: { ...beat, message: new Uint8Array([9]), reply } }, null)
    const peer = connection.network.last
    expect(peer.receivedRaw).toEqual([new Uint8Array([9]).buffer])
    peer.sendRaw(new Uint8Array([10]))
    peer.sendRaw('pong')
    expect(connection.received).toEqual(['pong'])
    expect(reply).toHaveBeenCalledTimes(2)
    expect(connection.eventsOf('error')).toEqual([])
  })

  it('reports the last round trip', async () => {
    const connection = await openWithHeartbeat({}, 120)
    await advanceTime(200)
    expect(connection.eventsOf('changed')).toEqual([expect.objectContaining({ latency: 120 })])
    answer(connection.network.last, 30)
    await advanceTime(10_000)
    expect(connection.eventsOf('changed').at(-1)).toMatchObject({ latency: 30 })
  })

  it('reports it to the store, and resets it when the socket is lost', async () => {
    const network = createHeldServer({ mode: 'accept' })
    network.onAttempt = (peer) => answer(peer, 40)
    const { connect } = createSocketActions()
    const store = setupStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket, heartbeat: beat })
    void store.dispatch(connect())
    await advanceTime(100)
    expect(store.state().latency).toBe(40)
    network.last.cut()
    expect(store.state().latency).toBeNull()
    expect(store.recorder.count('socket/message')).toBe(0)
  })

  it('goes out also while the app’s own sends wait', async () => {
    const connection = await openWithHeartbeat({ network: { slow: true }, queue: { highWaterMark: 10 } }, null)
    connection.send('more than ten bytes')
    connection.send('waits')
    connection.network.last.sendRaw('pong')
    await advanceTime(10_000)
    connection.network.last.read()
    expect(connection.network.last.receivedRaw.slice(0, 3)).toEqual(['ping', 'more than ten bytes', 'ping'])
  })
})

describe('silence', () => {
  it('counts from the question: a message just before it does not matter', async () => {
    const connection = await openWithHeartbeat({}, null)
    const peer = connection.network.last
    peer.sendRaw('pong')
    await advanceTime(9_999)
    peer.sendRaw('hello')
    await advanceTime(1)
    expect(pings(connection)).toBe(2)
    await advanceTime(4_999)
    expect(missed(connection)).toEqual([])
    await advanceTime(1)
    expect(missed(connection)).toHaveLength(1)
  })

  it('ends with any frame, also one that is not an answer', async () => {
    const connection = await openWithHeartbeat({}, null)
    const peer = connection.network.last
    for (let n = 0; n < 20; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(4_000)
      peer.sendRaw('busy')
    }
    expect(missed(connection)).toEqual([])
    expect(connection.network.connections).toHaveLength(1)
    // The next question follows at the usual interval.
    expect(pings(connection)).toBe(9)
  })

  it('of a peer that has answered loses the socket, and the next attempt starts at once', async () => {
    const connection = await openWithHeartbeat({ network: { halfOpen: true } })
    const old = connection.network.last
    await advanceTime(10_000)
    old.freeze()
    connection.network.mode = 'accept'
    connection.takeTypes()
    await advanceTime(4_999)
    expect(connection.network.connections).toHaveLength(1)
    await advanceTime(2)
    expect(connection.network.connections).toHaveLength(2)
    expect(connection.phase()).toBe('open')
    expect(connection.takeTypes().filter((type) => type !== 'changed')).toEqual([
      'error',
      'closed',
      'reconnecting',
      'connecting',
      'opened',
    ])
    expect(connection.eventsOf('closed')).toEqual([
      expect.objectContaining({ code: null, cause: 'timeout', wasClean: false, next: 'reconnecting' }),
    ])
    expect(connection.eventsOf('reconnecting')).toEqual([expect.objectContaining({ attempt: 1, delay: 0 })])
    // The platform reports the close a minute later; it is ignored by then.
    old.socket.dispatchEvent(new Event('error'))
    old.cut()
    await advanceTime(1)
    expect(connection.phase()).toBe('open')
  })

  it('of a peer that never answered is followed by the backoff, because the server may not know the ping', async () => {
    const connection = await openWithHeartbeat({ network: { mode: 'accept' } }, null)
    await advanceTime(5_000)
    expect(connection.phase()).toBe('reconnecting')
    expect(connection.eventsOf('reconnecting')).toEqual([expect.objectContaining({ delay: 1_000 })])
    await advanceTime(999)
    expect(connection.network.connections).toHaveLength(1)
    await advanceTime(1)
    expect(connection.network.connections).toHaveLength(2)
  })

  it('of the next socket is judged by that socket alone', async () => {
    const connection = await openWithHeartbeat({ network: { mode: 'accept' } })
    await advanceTime(1)
    connection.network.onAttempt = null
    connection.network.last.freeze()
    // The first peer had answered: at once. The second never did: after the backoff.
    await advanceTime(15_000)
    expect(connection.network.connections).toHaveLength(2)
    await advanceTime(5_000)
    expect(connection.eventsOf('reconnecting').map(({ delay }) => delay)).toEqual([0, 1_000])
  })

  it('while bytes drain is not a miss: a slow peer has not read the question yet', async () => {
    const connection = await openWithHeartbeat({ network: { slow: true } }, null)
    const peer = connection.network.last
    peer.read()
    peer.sendRaw('pong')
    connection.send('x'.repeat(100_000))
    for (let n = 0; n < 10; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(5_000)
      peer.read(1_000)
    }
    expect(missed(connection)).toEqual([])
    // It stops reading.
    await advanceTime(15_000)
    expect(missed(connection)).toHaveLength(1)
  })

  it('may last longer than the interval: only one question is asked at a time', async () => {
    const connection = await openWithHeartbeat({ heartbeat: { interval: 1_000, timeout: 8_000 } }, 5_000)
    await advanceTime(60_000)
    expect(missed(connection)).toEqual([])
    expect(pings(connection)).toBe(12)
    connection.network.last.freeze()
    await advanceTime(9_000)
    expect(missed(connection)).toHaveLength(1)
  })

  it('counts as a retry, and the last one ends in `failed`', async () => {
    const connection = await openWithHeartbeat(
      { network: { mode: 'accept' }, reconnect: { maxRetries: 1, minUptime: 60_000 } },
      null,
    )
    await advanceTime(60_000)
    expect(connection.network.connections).toHaveLength(2)
    expect(connection.phase()).toBe('failed')
    expect(connection.eventsOf('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  })
})

describe('a heartbeat that only listens', () => {
  const listening: ConnectionOptions = { heartbeat: { ...beat, message: false }, network: { mode: 'accept' } }

  it('sends nothing', async () => {
    const connection = await openWithHeartbeat(listening, null)
    for (let n = 0; n < 10; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(14_999)
      connection.network.last.sendRaw('beat')
    }
    expect(connection.network.last.receivedRaw).toEqual([])
    expect(connection.network.connections).toHaveLength(1)
    expect(connection.received).toHaveLength(10)
  })

  it('notices a peer that never sends anything', async () => {
    const connection = await openWithHeartbeat(listening, null)
    await advanceTime(14_999)
    expect(missed(connection)).toEqual([])
    await advanceTime(1)
    expect(missed(connection)).toHaveLength(1)
  })

  it('asks nothing when the page wakes up', async () => {
    const connection = await openWithHeartbeat(listening, null)
    await advanceTime(1_000)
    expect(connection.network.last.receivedRaw).toEqual([])
  })
})

describe('a page whose timers are limited to one a minute', () => {
  const clamp = () => {
    const real = globalThis.setTimeout
    jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation((task, ms = 0) => real(task, Math.ceil((Date.now() + ms) / 60_000) * 60_000 - Date.now()))
  }
  /** Answers come in time: only timers are limited, not the network. */
  const answerNow = (connection: TestConnection) => {
    connection.network.last.onReceived = (frame) => {
      if (frame === 'ping') connection.network.last.sendRaw('pong')
    }
  }

  it.each([
    [10_000, 5_000],
    [30_000, 10_000],
    [1_000, 500],
    [25_000, 60_000],
    [59_000, 1],
    [120_000, 30_000],
  ])('reports no miss of a live peer (every %i ms, within %i ms)', async (interval, timeout) => {
    const connection = await openWithHeartbeat({ heartbeat: { interval, timeout } }, null)
    answerNow(connection)
    connection.network.last.sendRaw('pong')
    clamp()
    await advanceTime(hour)
    expect(connection.eventsOf('error')).toEqual([])
    expect(connection.network.connections).toHaveLength(1)
    expect(pings(connection)).toBeGreaterThan(20)
  })

  it('still notices a dead peer, within minutes', async () => {
    const connection = await openWithHeartbeat({}, null)
    answerNow(connection)
    connection.network.last.sendRaw('pong')
    clamp()
    await advanceTime(10 * 60_000)
    connection.network.last.freeze()
    await advanceTime(4 * 60_000)
    expect(missed(connection)).toHaveLength(1)
  })
})

describe('a laptop that slept', () => {
  /** The clock goes on, timers do not. */
  const sleep = (ms: number) => jest.setSystemTime(Date.now() + ms)

  it.each([1_000, 20_000, hour])('asks soon after %i ms between two questions, and accepts the answer', async (ms) => {
    const connection = await openWithHeartbeat()
    await advanceTime(5_000)
    sleep(ms)
    await advanceTime(5_001)
    expect(pings(connection)).toBe(2)
    await advanceTime(60_000)
    expect(missed(connection)).toEqual([])
  })

  it('asks once more before it gives up when it slept during a question', async () => {
    const connection = await openWithHeartbeat()
    await advanceTime(9_000)
    connection.network.last.onReceived = null
    await advanceTime(2_000)
    expect(pings(connection)).toBe(2)
    sleep(hour)
    answer(connection.network.last)
    await advanceTime(60_000)
    expect(missed(connection)).toEqual([])
    expect(pings(connection)).toBeGreaterThan(6)
  })

  it('notices within two timeouts and one check of the clock that its connection has died', async () => {
    const connection = await openWithHeartbeat()
    await advanceTime(11_000)
    connection.network.last.freeze()
    await advanceTime(10_000)
    sleep(hour)
    await advanceTime(5_000 + 2 * 5_000)
    expect(missed(connection)).toHaveLength(1)
  })

  it('asks once more only once', async () => {
    const connection = await openWithHeartbeat()
    await advanceTime(1_000)
    connection.network.last.freeze()
    for (let night = 0; night < 5 && missed(connection).length === 0; night++) {
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(10_000)
      sleep(hour)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(5_000)
    }
    expect(missed(connection).length).toBeGreaterThan(0)
  })

  it('waits no longer than before when its clock was set back', async () => {
    const connection = await openWithHeartbeat()
    await advanceTime(5_000)
    sleep(-2_000)
    connection.network.last.freeze()
    await advanceTime(30_000)
    expect(missed(connection)).toHaveLength(1)
  })
})

describe('answers that do not match the questions', () => {
  it('prove nothing and disturb nothing when there was no question', async () => {
    const connection = await openWithHeartbeat({}, null)
    const peer = connection.network.last
    for (let n = 0; n < 50; n++) peer.sendRaw('pong')
    connection.send('a', { id: 'a' })
    for (let n = 0; n < 50; n++) peer.sendRaw('pong')
    peer.cut()
    await advanceTime(1)
    expect(connection.received).toEqual([])
    expect(connection.eventsOf('dropped')).toEqual([expect.objectContaining({ reason: 'indeterminate', ids: ['a'] })])
  })

  it('count for their own question when they are late', async () => {
    const connection = await openWithHeartbeat({}, null)
    const peer = connection.network.last
    connection.send('a', { id: 'a' })
    await advanceTime(1_000)
    peer.sendRaw('busy')
    await advanceTime(9_000)
    // The second question, which alone would prove `a`, has no answer yet.
    connection.send('b', { id: 'b' })
    peer.sendRaw('pong')
    peer.cut()
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual([
      expect.objectContaining({ reason: 'indeterminate', ids: ['a', 'b'], count: 2 }),
    ])
  })

  it('leave the rhythm of the heartbeat: one question an interval', async () => {
    const connection = await openWithHeartbeat({}, null)
    const peer = connection.network.last
    await advanceTime(1_000)
    peer.sendRaw('busy')
    await advanceTime(4_000)
    answer(peer)
    await advanceTime(100_000)
    expect(pings(connection)).toBe(11)
    expect(missed(connection)).toEqual([])
  })
})

describe('questions that are created by a function', () => {
  const numbered = {
    ...beat,
    message: (number: number) => `ping ${String(number)}`,
    reply: (frame: unknown) => (typeof frame === 'string' && /^pong \d+$/.test(frame) ? Number(frame.slice(5)) : false),
  }
  const openNumbered = async (): Promise<TestConnection> => await openWithHeartbeat({ heartbeat: numbered }, null)
  const drop = async (connection: TestConnection): Promise<unknown[]> => {
    connection.network.last.cut()
    await advanceTime(1)
    return connection.eventsOf('dropped').flatMap(({ ids }) => ids)
  }
  const latencies = (connection: TestConnection): unknown[] =>
    connection.eventsOf('changed').flatMap(({ latency }) => latency ?? [])

  it('are numbered from 1, on each socket', async () => {
    const connection = await openNumbered()
    connection.network.last.sendRaw('pong 1')
    await advanceTime(10_000)
    expect(connection.network.last.receivedRaw).toEqual(['ping 1', 'ping 2'])
    connection.network.last.cut()
    await advanceTime(1_000)
    connection.network.last.accept()
    await advanceTime()
    expect(connection.network.last.receivedRaw).toEqual(['ping 1'])
  })

  it('may be bytes', async () => {
    const message = (number: number) => new Uint8Array([number])
    const connection = await openWithHeartbeat({ heartbeat: { ...numbered, message } }, null)
    expect(connection.network.last.receivedRaw).toEqual([new Uint8Array([1]).buffer])
  })

  it('prove by a numbered answer what was sent before that question, though earlier answers are missing', async () => {
    const connection = await openNumbered()
    const peer = connection.network.last
    for (const id of ['a', 'b', 'c']) {
      peer.sendRaw('busy')
      await advanceTime(10_000)
      connection.send(id, { id })
    }
    // The questions so far: 1, 2 before a, 3 before b, 4 before c.
    expect(peer.receivedRaw).toEqual(['ping 1', 'ping 2', 'a', 'ping 3', 'b', 'ping 4', 'c'])
    peer.sendRaw('pong 4')
    expect(await drop(connection)).toEqual(['c'])
  })

  it('prove nothing more by an older answer that is late, or by a number that was not asked', async () => {
    const connection = await openNumbered()
    const peer = connection.network.last
    connection.send('a', { id: 'a' })
    peer.sendRaw('busy')
    await advanceTime(10_000)
    connection.send('b', { id: 'b' })
    for (const number of [2, 1, 2, 0, 3, 99]) peer.sendRaw(`pong ${String(number)}`)
    expect(await drop(connection)).toEqual(['b'])
    expect(connection.received).toEqual(['busy'])
  })

  it('measure the latency of the question that an answer names, at once after missing ones', async () => {
    const connection = await openNumbered()
    const peer = connection.network.last
    peer.sendRaw('busy')
    await advanceTime(10_000)
    await advanceTime(70)
    peer.sendRaw('pong 2')
    await advanceTime(9_930)
    await advanceTime(40)
    peer.sendRaw('pong 3')
    await advanceTime(20)
    expect(latencies(connection)).toEqual([70, 40])
  })

  it('are left out, and reported, when the function throws; the connection stays open', async () => {
    const message = (number: number): string => {
      if (number === 2) throw new Error('no')
      return 'ping'
    }
    const connection = await openWithHeartbeat({ heartbeat: { ...beat, message } })
    await advanceTime(35_000)
    expect(connection.eventsOf('error').map(({ code, message: says }) => [code, says])).toEqual([
      ['callback_failed', 'heartbeat.message threw: no'],
      ['callback_failed', 'heartbeat.message threw: no'],
      ['callback_failed', 'heartbeat.message threw: no'],
    ])
    expect([pings(connection), connection.phase()]).toEqual([1, 'open'])
  })
})

describe('the end of a connection', () => {
  it.each<[string, (connection: TestConnection) => void]>([
    ['socketClose', (connection) => connection.close()],
    ['a close by the server', (connection) => connection.network.last.close(1000)],
    ['a failure', (connection) => connection.network.last.close(4403)],
    ['dispose', (connection) => connection.dispose()],
  ])('stops the heartbeat: %s', async (_how, end) => {
    const connection = await openWithHeartbeat()
    await advanceTime(15_000)
    end(connection)
    await advanceTime(100)
    const pingCount = pings(connection)
    expect(jest.getTimerCount()).toBe(0)
    await advanceTime(hour)
    expect(pings(connection)).toBe(pingCount)
    expect(missed(connection)).toEqual([])
  })

  it('stops the heartbeat of its socket: there is one, however many sockets there were', async () => {
    const connection = await openWithHeartbeat({ network: { mode: 'accept' } })
    for (let n = 0; n < 5; n++) {
      connection.network.last.cut()
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1_500)
    }
    const before = pings(connection)
    await advanceTime(10_000)
    expect(pings(connection)).toBe(before + 1)
  })

  it('asks nothing during the closing handshake, and closeTimeout alone counts', async () => {
    const connection = await openWithHeartbeat({ network: { halfOpen: true }, closeTimeout: 60_000 })
    await advanceTime(5_000)
    connection.close()
    await advanceTime(30_000)
    expect(pings(connection)).toBe(1)
    expect(missed(connection)).toEqual([])
    await advanceTime(30_000)
    expect(connection.eventsOf('closed')).toEqual([
      expect.objectContaining({ code: null, cause: 'timeout', next: 'closed' }),
    ])
  })
})
