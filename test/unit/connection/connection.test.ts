import { describe, expect, it, jest } from '@jest/globals'
import type { AttemptContext, WebSocketClass } from '../../../src/connection/types.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { type ConnectionOptions, setupConnection, type TestConnection, watch } from '../../support/setupConnection.js'

const hour = 3_600_000

useFakeTime()

/** A url that a test asks for and resolves by hand. */
const createProvider = () => {
  const requests: {
    readonly context: AttemptContext
    readonly answer: (url?: string) => void
    readonly fail: () => void
  }[] = []
  const url = async (context: AttemptContext) =>
    await new Promise<string>((resolve, reject) => {
      requests.push({
        context,
        answer: (given = 'ws://server.test/ws') => resolve(given),
        fail: () => reject(new Error('no token')),
      })
    })
  return { url, requests }
}

/** Every phase, and how to get there. */
const phases = {
  idle: async () => setupConnection({ network: { mode: 'accept' } }),
  preparing: async () => {
    // The url is not resolved yet; the phase is connecting.
    const url = jest.fn<() => Promise<string>>()
    url.mockReturnValueOnce(new Promise(() => {})).mockResolvedValue('ws://server.test/ws')
    const connection = setupConnection({ network: { mode: 'accept' }, address: { url } })
    connection.connect()
    await advanceTime(1)
    return connection
  },
  connecting: async () => {
    const connection = setupConnection()
    connection.connect()
    await advanceTime(1)
    connection.network.mode = 'accept'
    return connection
  },
  open: async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    return connection
  },
  closing: async () => {
    const connection = setupConnection({ network: { mode: 'accept', halfOpen: true } })
    await connection.open()
    connection.close()
    return connection
  },
  closed: async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    connection.close()
    await advanceTime(1)
    return connection
  },
  reconnecting: async () => {
    const connection = setupConnection({ network: { mode: 'refuse' } })
    connection.connect()
    await advanceTime(1)
    connection.network.mode = 'accept'
    return connection
  },
  failed: async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    connection.network.last.close(4403)
    return connection
  },
} satisfies Record<string, () => Promise<TestConnection>>

const every = Object.entries(phases)

describe('connect', () => {
  it('connects, opens, and emits its events in order', async () => {
    const connection = setupConnection({ address: { url: 'http://user:pw@server.test/ws?token=secret' } })
    const connecting = connection.connect()
    expect(connection.phase()).toBe('connecting')
    await advanceTime(1)
    expect(connection.network.last.url).toBe('ws://user:pw@server.test/ws?token=secret')
    expect(connecting.isSettled).toBe(false)
    connection.network.last.accept()
    await advanceTime()
    expect(connecting.outcome).toBe('open')
    expect(connection.phase()).toBe('open')
    const url = 'ws://server.test/ws?…'
    expect(connection.events).toEqual([
      { type: 'connecting', attempt: 0, url },
      { type: 'opened', url, protocol: '', reconnected: false, at: Date.now() },
    ])
    expect(connection.readyCalls).toEqual([false])
  })

  it.each(every)('from %s ends open, with one socket', async (phase, arrive) => {
    const connection = await arrive()
    const { length } = connection.network.connections
    const connecting = connection.connect()
    await advanceTime(30_000)
    expect(connecting.outcome).toBe(phase === 'preparing' || phase === 'connecting' ? 'reconnecting' : 'open')
    expect(connection.phase()).toBe('open')
    expect(connection.network.live).toBe(1)
    expect(connection.network.connections).toHaveLength(phase === 'open' ? length : length + 1)
  })

  it.each(every)('from %s to another address ends open there', async (_phase, arrive) => {
    const connection = await arrive()
    const connecting = connection.connect({ url: 'ws://elsewhere.test/ws' })
    await advanceTime(30_000)
    expect(connecting.outcome).toBe('open')
    expect(connection.network.last.url).toBe('ws://elsewhere.test/ws')
    expect(connection.network.live).toBe(1)
  })

  it('keeps the address that it was given for the next connect', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    connection.connect({ url: 'ws://elsewhere.test/', params: { room: 1 } })
    await advanceTime(1)
    connection.close()
    await advanceTime(1)
    connection.connect()
    await advanceTime(1)
    expect(connection.network.last.url).toBe('ws://elsewhere.test/?room=1')
  })

  it('to the address of the open connection does nothing', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    const connecting = connection.connect({ url: 'ws://server.test/ws' })
    await advanceTime(1)
    expect(connecting.outcome).toBe('open')
    expect(connection.takeTypes()).toEqual([])
  })
})

describe('reconnect', () => {
  it.each(every)('from %s ends open, with a new socket', async (_phase, arrive) => {
    const connection = await arrive()
    const { length } = connection.network.connections
    const connecting = connection.reconnect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('open')
    expect(connection.network.connections).toHaveLength(length + 1)
    expect(connection.network.live).toBe(1)
  })

  it('sends a close frame to the old socket before it opens the new one', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    const old = connection.network.last
    connection.reconnect()
    await advanceTime(1)
    expect(old.closedBy).toEqual({ code: 1000, reason: '' })
    expect(connection.takeTypes()).toEqual(['closed', 'connecting', 'opened'])
    expect(connection.eventsOf('closed')).toEqual([
      expect.objectContaining({ code: null, cause: 'replaced', wasClean: false, next: 'connecting' }),
    ])
  })

  it('during backoff keeps the count of retries', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' } })
    connection.connect()
    await advanceTime(2_500)
    connection.reconnect()
    await advanceTime(1)
    expect(connection.eventsOf('connecting').map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3])
  })

  it('starts a new attempt while the url of a retry is not resolved; a connect joins that attempt', async () => {
    const { url, requests } = createProvider()
    const connection = setupConnection({ address: { url } })
    connection.connect()
    await advanceTime(1)
    requests[0]?.fail()
    await advanceTime(1_000)
    const joining = [connection.reconnect(), connection.connect()]
    await advanceTime(1)
    expect(requests).toHaveLength(3)
    requests[2]?.answer()
    await advanceTime(1)
    connection.network.last.accept()
    await advanceTime()
    expect(joining.map(({ outcome }) => outcome)).toEqual(['open', 'open'])
  })
})

describe('close', () => {
  it.each(every)('from %s ends closed, and no attempt follows', async (_phase, arrive) => {
    const connection = await arrive()
    const closing = connection.close()
    await advanceTime(2_000)
    expect(closing.outcome).toBe('closed')
    expect(connection.phase()).toBe('closed')
    expect(connection.network.live).toBe(0)
    expect(jest.getTimerCount()).toBe(0)
    const { length } = connection.network.connections
    await advanceTime(hour)
    expect(connection.phase()).toBe('closed')
    expect(connection.network.connections).toHaveLength(length)
  })

  it('sends its code and reason to the server, and reports the answer', async () => {
    const connection = setupConnection()
    await connection.open()
    connection.network.last.halfOpen = true
    const closing = connection.close(4000, 'bye')
    await advanceTime(1)
    expect(connection.phase()).toBe('closing')
    expect(closing.isSettled).toBe(false)
    expect(connection.network.last.closedBy).toEqual({ code: 4000, reason: 'bye' })
    connection.network.last.finishClose(4001, 'bye to you')
    await advanceTime()
    expect(closing.outcome).toBe('closed')
    expect(connection.takeTypes()).toEqual(['closed'])
    expect(connection.eventsOf('closed')).toEqual([
      { type: 'closed', code: 4001, reason: 'bye to you', wasClean: true, at: Date.now(), next: 'closed' },
    ])
  })

  it('waits for a silent peer for closeTimeout at most', async () => {
    const connection = setupConnection({ network: { halfOpen: true }, closeTimeout: 500 })
    await connection.open()
    const closing = connection.close()
    await advanceTime(499)
    expect(connection.phase()).toBe('closing')
    await advanceTime(1)
    expect(closing.outcome).toBe('closed')
    expect(connection.eventsOf('closed')).toEqual([
      expect.objectContaining({ code: null, cause: 'timeout', wasClean: false, next: 'closed' }),
    ])
    // What the peer sends afterwards is ignored.
    connection.network.last.finishClose(1000)
    await advanceTime(hour)
    expect(connection.eventsOf('closed')).toHaveLength(1)
  })

  it('joins a close that is under way', async () => {
    const connection = setupConnection({ network: { halfOpen: true } })
    await connection.open()
    const closings = [connection.close(4000), connection.close(4001)]
    await advanceTime(2_000)
    expect(closings.map(({ outcome }) => outcome)).toEqual(['closed', 'closed'])
    expect(connection.network.last.closedBy).toEqual({ code: 4000, reason: '' })
    expect(connection.takeTypes()).toEqual(['closed'])
  })

  it('emits nothing when the connection is over', async () => {
    const connection = setupConnection()
    expect([connection.close(), connection.close()].map(({ isSettled }) => isSettled)).toEqual([false, false])
    await advanceTime()
    expect(connection.phase()).toBe('closed')
    expect(connection.events).toEqual([])
  })

  it('abandons a socket whose close() throws', async () => {
    const connection = setupConnection()
    await connection.open()
    jest.spyOn(connection.network.last.socket, 'close').mockImplementationOnce(() => {
      throw new Error('slip')
    })
    const closing = connection.close()
    await advanceTime()
    expect(closing.outcome).toBe('closed')
    expect(connection.eventsOf('closed')).toEqual([expect.objectContaining({ code: null, cause: 'abandoned' })])
  })

  it('ends a socket that the server has started to close', async () => {
    const connection = setupConnection()
    await connection.open()
    connection.network.last.socket.readyState = 2
    const closing = connection.close()
    await advanceTime(1)
    expect(connection.phase()).toBe('closing')
    connection.network.last.finishClose(1001)
    await advanceTime()
    expect(closing.outcome).toBe('closed')
    expect(connection.eventsOf('closed')).toEqual([expect.objectContaining({ code: 1001, next: 'closed' })])
  })

  it('terminates an abandoned socket where the runtime can', async () => {
    const connection = setupConnection({ network: { terminate: true, halfOpen: true } })
    await connection.open()
    const terminate = jest.spyOn(connection.network.last.socket as unknown as { terminate: () => void }, 'terminate')
    connection.close()
    expect(terminate).not.toHaveBeenCalled()
    await advanceTime(2_000)
    expect(terminate).toHaveBeenCalledTimes(1)
    expect(connection.events.at(-1)).toMatchObject({ type: 'closed', code: null })
  })
})

describe('dispose', () => {
  it.each(every)('from %s ends everything at once', async (_phase, arrive) => {
    const connection = await arrive()
    connection.dispose()
    expect(connection.network.live).toBe(0)
    expect(['idle', 'closed', 'failed']).toContain(connection.phase())
    const reportedSoFar = connection.events.length
    const { length } = connection.network.connections
    await advanceTime(1)
    expect(jest.getTimerCount()).toBe(0)
    await advanceTime(hour)
    expect(connection.events).toHaveLength(reportedSoFar)
    expect(connection.network.connections).toHaveLength(length)
  })

  it('settles the commands that wait', async () => {
    const connection = setupConnection({ network: { halfOpen: true } })
    const connecting = connection.connect()
    await advanceTime(1)
    connection.dispose()
    await advanceTime(1)
    expect(connecting.outcome).toBe('closed')
    const other = setupConnection({ network: { halfOpen: true } })
    await other.open()
    const closing = other.close()
    other.dispose()
    await advanceTime(1)
    expect(closing.outcome).toBe('closed')
  })

  it('reports the sends that wait as dropped', async () => {
    const connection = setupConnection()
    connection.send('a', { id: 'a' })
    connection.dispose()
    expect(connection.events).toEqual([
      { type: 'dropped', reason: 'closed', ids: ['a'], count: 1 },
      { type: 'changed', queued: 0 },
    ])
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('a connect that another command supersedes', () => {
  it('settles with a close', async () => {
    const connection = setupConnection()
    const connecting = connection.connect()
    connection.close()
    await advanceTime()
    expect(connecting.outcome).toBe('closed')
  })

  it('settles with the last of several connects to other addresses', async () => {
    const connection = setupConnection()
    const connectings = [1, 2, 3].map((n) => connection.connect({ url: `ws://server.test/${String(n)}` }))
    await advanceTime(1)
    expect(connectings.map(({ outcome }) => outcome)).toEqual(['pending', 'pending', 'pending'])
    expect(connection.network.connections.map(({ url }) => url)).toEqual(['ws://server.test/3'])
    connection.network.last.accept()
    await advanceTime()
    expect(connectings.map(({ outcome }) => outcome)).toEqual(['open', 'open', 'open'])
  })

  it('settles with a reconnect', async () => {
    const connection = setupConnection()
    const connecting = connection.connect()
    await advanceTime(1)
    const reconnecting = connection.reconnect()
    await advanceTime(1)
    expect(connection.network.connections).toHaveLength(2)
    connection.network.last.refuse()
    await advanceTime()
    expect([connecting.outcome, reconnecting.outcome]).toEqual(['reconnecting', 'reconnecting'])
  })

  it('waits for the end of a close under way', async () => {
    const connection = setupConnection({ network: { mode: 'accept', halfOpen: true } })
    await connection.open()
    const closing = connection.close()
    const connecting = connection.connect()
    await advanceTime(1)
    expect([closing.outcome, connecting.outcome]).toEqual(['closed', 'open'])
    await advanceTime(hour)
    expect(connection.phase()).toBe('open')
    expect(connection.network.connections).toHaveLength(2)
  })
})

describe('a function for the url', () => {
  it('is given the number of the attempt, its reason, and how the last socket ended', async () => {
    const url = jest.fn((_context: AttemptContext) => 'ws://server.test/ws')
    const connection = setupConnection({ network: { mode: 'accept' }, address: { url } })
    connection.connect()
    await advanceTime(1)
    connection.network.last.cut()
    await advanceTime(1_000)
    connection.network.last.close(4401)
    await advanceTime(1_000)
    connection.reconnect()
    await advanceTime(1)
    expect(
      url.mock.calls.map(([{ attempt, reason, lastClose }]) => [
        attempt,
        reason,
        lastClose && (lastClose.code ?? lastClose.cause),
      ]),
    ).toEqual([
      [0, 'connect', null],
      [1, 'retry', 1006],
      [2, 'refresh', 4401],
      [0, 'connect', 'replaced'],
    ])
  })

  it('is called before every attempt, and its result is the address of that attempt', async () => {
    let token = 0
    const connection = setupConnection({
      network: { mode: 'refuse' },
      address: { url: 'ws://server.test/', params: async () => ({ token: ++token }) },
    })
    connection.connect()
    await advanceTime(2_500)
    expect(connection.network.connections.map(({ url }) => url)).toEqual([
      'ws://server.test/?token=1',
      'ws://server.test/?token=2',
      'ws://server.test/?token=3',
    ])
  })

  it('fails the attempt when it throws synchronously', async () => {
    const connection = setupConnection({
      address: {
        url: () => {
          throw new Error('no token')
        },
      },
    })
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.takeTypes()).toEqual(['error', 'reconnecting'])
  })

  it('opens nothing when it resolves after the end', async () => {
    const { url, requests } = createProvider()
    const connection = setupConnection({ network: { mode: 'accept' }, address: { url } })
    connection.connect()
    await advanceTime(1)
    connection.close()
    requests[0]?.answer()
    await advanceTime(hour)
    expect(connection.network.connections).toHaveLength(0)
    expect(requests).toHaveLength(1)
  })

  it('reports nothing when it rejects after the end', async () => {
    const { url, requests } = createProvider()
    const connection = setupConnection({ address: { url } })
    connection.connect()
    await advanceTime(1)
    connection.close()
    connection.takeTypes()
    requests[0]?.fail()
    await advanceTime(hour)
    expect(connection.takeTypes()).toEqual([])
  })

  it('does not serve the next attempt when it resolves after its own', async () => {
    const { url, requests } = createProvider()
    const connection = setupConnection({ network: { mode: 'accept' }, address: { url }, connectTimeout: 3_000 })
    connection.connect()
    await advanceTime(4_000)
    expect(requests).toHaveLength(2)
    requests[0]?.answer('ws://server.test/stale')
    await advanceTime(1)
    expect(connection.network.connections).toHaveLength(0)
    requests[1]?.answer('ws://server.test/fresh')
    await advanceTime(1)
    expect(connection.network.connections.map((peer) => peer.url)).toEqual(['ws://server.test/fresh'])
  })

  it('has its signal aborted when the attempt is over', async () => {
    const { url, requests } = createProvider()
    const connection = setupConnection({ address: { url } })
    connection.connect()
    await advanceTime(1)
    expect(requests[0]?.context.signal.aborted).toBe(false)
    connection.connect({ params: { room: 2 } })
    expect(requests[0]?.context.signal.aborted).toBe(true)
    expect(requests[1]?.context.signal.aborted).toBe(false)
    await advanceTime(10_000)
    expect(requests[1]?.context.signal.aborted).toBe(true)
  })

  it('is called again after it returned an invalid url; a fixed invalid url is fatal', async () => {
    const broken = setupConnection({ address: { url: () => 'nonsense' } })
    const connecting = broken.connect()
    await advanceTime(1)
    expect([connecting.outcome, broken.phase()]).toEqual(['reconnecting', 'reconnecting'])
    const invalid = setupConnection({ address: { url: 'nonsense' } })
    const failing = invalid.connect()
    await advanceTime(1)
    expect([failing.outcome, invalid.phase()]).toEqual(['failed', 'failed'])
    expect(invalid.takeTypes()).toEqual(['failed'])
    expect(invalid.eventsOf('failed')).toEqual([expect.objectContaining({ code: 'invalid_url' })])
  })
})

describe('connectTimeout', () => {
  it('covers the url and the upgrade together', async () => {
    const { url, requests } = createProvider()
    const connection = setupConnection({ address: { url }, connectTimeout: 3_000 })
    const connecting = connection.connect()
    await advanceTime(2_000)
    requests[0]?.answer()
    await advanceTime(999)
    expect(connection.network.connections).toHaveLength(1)
    expect(connecting.isSettled).toBe(false)
    await advanceTime(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.network.live).toBe(0)
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'connect_timeout' })])
  })

  it('reports no close where there was no socket', async () => {
    const { url } = createProvider()
    const connection = setupConnection({ address: { url } })
    connection.connect()
    await advanceTime(10_000)
    expect(connection.takeTypes()).toEqual(['error', 'reconnecting'])
  })

  it('ends once the connection is open', async () => {
    const connection = setupConnection({ connectTimeout: 3_000 })
    await connection.open()
    expect(jest.getTimerCount()).toBe(0)
    await advanceTime(hour)
    expect(connection.phase()).toBe('open')
  })

  it('starts over for every attempt and for a command', async () => {
    const connection = setupConnection({ connectTimeout: 3_000 })
    connection.connect()
    await advanceTime(2_999)
    connection.reconnect()
    await advanceTime(2_999)
    expect(connection.phase()).toBe('connecting')
    await advanceTime(1)
    expect(connection.phase()).toBe('reconnecting')
    await advanceTime(1_000 + 2_999)
    expect(connection.phase()).toBe('connecting')
    await advanceTime(1)
    expect(connection.phase()).toBe('reconnecting')
  })
})

describe('a socket that is abandoned', () => {
  const giveUp: Record<string, (connection: TestConnection) => void | Promise<void>> = {
    'by reconnect': (connection) => void connection.reconnect(),
    'by connect elsewhere': (connection) => void connection.connect({ url: 'ws://elsewhere.test/' }),
    'by close and connect': (connection) => {
      connection.close()
      connection.connect()
    },
    'by connectTimeout': async () => await advanceTime(11_000),
  }
  const late: Record<string, (peer: TestConnection['network']['last']) => void> = {
    open: ({ socket: client }) => client.dispatchEvent(new Event('open')),
    message: (peer) => peer.sendRaw('"late"'),
    error: ({ socket: client }) => client.dispatchEvent(new Event('error')),
    close: (peer) => peer.finishClose(4403, 'late'),
    cut: (peer) => peer.cut(),
  }
  const pairs = Object.keys(giveUp).flatMap((how) => Object.keys(late).map((what) => [how, what] as const))

  it.each(pairs)('%s changes nothing when it emits a late %s', async (how, what) => {
    const connection = setupConnection({ network: { lateDelivery: true, halfOpen: true } })
    if (how === 'by connectTimeout') {
      connection.connect()
      await advanceTime(1)
    } else await connection.open()
    const old = connection.network.last
    await giveUp[how]?.(connection)
    await advanceTime(1)
    expect(connection.network.connections).toHaveLength(2)
    const [phase, reportedSoFar, receivedMessages] = [
      connection.phase(),
      connection.events.length,
      connection.received.length,
    ]
    late[what]?.(old)
    await advanceTime(1)
    expect([connection.phase(), connection.events.length, connection.received.length]).toEqual([
      phase,
      reportedSoFar,
      receivedMessages,
    ])
    connection.network.last.accept()
    await advanceTime()
    late[what]?.(old)
    await advanceTime(hour)
    expect(connection.phase()).toBe('open')
    expect(connection.received).toEqual([])
    expect(connection.network.connections).toHaveLength(2)
  })

  it.each(['message', 'error', 'close', 'cut'])('by close changes nothing when it emits a late %s', async (what) => {
    const connection = setupConnection({ network: { lateDelivery: true, halfOpen: true } })
    await connection.open()
    connection.close()
    await advanceTime(2_000)
    const reportedSoFar = connection.events.length
    late[what]?.(connection.network.last)
    await advanceTime(hour)
    expect(connection.phase()).toBe('closed')
    expect(connection.events).toHaveLength(reportedSoFar)
    expect(connection.received).toEqual([])
  })

  it('is ignored while it closes: `ws` continues to deliver messages', async () => {
    const connection = setupConnection({ network: { lateDelivery: true, halfOpen: true } })
    await connection.open()
    connection.network.last.sendRaw('"in time"')
    connection.close()
    connection.network.last.sendRaw('"too late"')
    expect(connection.received).toEqual(['"in time"'])
    await advanceTime(2_000)
  })
})

describe('a command from inside an event', () => {
  it('runs after the event, when all hooks have got it', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    const reportedSoFar: string[] = []
    connection.onEvent = ({ type }) => {
      if (type === 'closed') {
        connection.onEvent = undefined
        connection.reconnect()
        reportedSoFar.push(connection.phase())
      }
    }
    await connection.open()
    connection.network.last.cut()
    expect(reportedSoFar).toEqual(['reconnecting'])
    await advanceTime(1)
    expect(connection.takeTypes()).toEqual(['closed', 'reconnecting', 'connecting', 'opened'])
    expect(Date.now()).toBeLessThan(1_000_000 + 1_000)
  })

  it.each(['connecting', 'opened', 'error', 'closed', 'reconnecting'] as const)(
    'wins when it is a close from inside "%s"',
    async (event) => {
      const connection = setupConnection({ network: { mode: event === 'opened' ? 'accept' : 'refuse' } })
      const closings: ReturnType<TestConnection['close']>[] = []
      connection.onEvent = ({ type }) => {
        if (type === event && closings.length === 0) closings.push(connection.close())
      }
      const connecting = connection.connect()
      await advanceTime(2_000)
      expect(closings.map(({ outcome }) => outcome)).toEqual(['closed'])
      expect(connecting.isSettled).toBe(true)
      await advanceTime(hour)
      expect(connection.phase()).toBe('closed')
      expect(connection.network.connections.length).toBeLessThanOrEqual(1)
      expect(connection.network.live).toBe(0)
    },
  )

  it('connects again from inside "failed"', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    connection.onEvent = ({ type }) => {
      if (type === 'failed') connection.connect()
    }
    connection.network.last.close(4403)
    await advanceTime(1)
    expect(connection.takeTypes()).toEqual(['closed', 'failed', 'connecting', 'opened'])
    expect(connection.phase()).toBe('open')
  })

  it('runs in order with opposite commands of the same event: the last one wins', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    connection.onEvent = ({ type }) => {
      if (type !== 'opened') return
      connection.onEvent = undefined
      connection.close()
      connection.connect()
      connection.close()
    }
    connection.connect()
    await advanceTime(2_000)
    expect(connection.phase()).toBe('closed')
    expect(connection.network.live).toBe(0)
  })

  it('runs at once when it is a send, because its result is returned', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    const results: string[] = []
    connection.onEvent = ({ type }) => {
      if (type === 'opened') results.push(connection.send('hello').delivery)
    }
    connection.connect()
    await advanceTime(1)
    expect(results).toEqual(['sent'])
    expect(connection.network.last.receivedRaw).toEqual(['hello'])
  })
})

describe("the network's report", () => {
  it('is passed on unchanged: an error first, then the close', async () => {
    const connection = setupConnection()
    await connection.open()
    connection.network.last.fail()
    await advanceTime()
    expect(connection.takeTypes()).toEqual(['error', 'closed', 'reconnecting'])
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'connection_error' })])
    expect(connection.eventsOf('closed')).toEqual([
      { type: 'closed', code: 1006, reason: '', wasClean: false, at: Date.now(), next: 'reconnecting' },
    ])
  })

  it('is connection_failed for a refused attempt', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' } })
    connection.connect()
    await advanceTime(1)
    expect(connection.eventsOf('error').map(({ code }) => code)).toEqual(['connection_failed'])
  })

  it.each([
    [1000, 'closed'],
    [1001, 'reconnecting'],
    [1005, 'reconnecting'],
    [1008, 'failed'],
    [4000, 'reconnecting'],
    [4403, 'failed'],
  ] as const)('with close code %i leads to %s', async (code, next) => {
    const connection = setupConnection()
    await connection.open()
    connection.send('never mind')
    connection.network.last.close(code === 1005 ? undefined : code, 'because')
    expect(connection.phase()).toBe(next)
    expect(connection.eventsOf('closed')).toEqual([expect.objectContaining({ code, next })])
  })

  it('passes on text and bytes, in order, while open', async () => {
    const connection = setupConnection()
    await connection.open()
    for (const frame of ['a', Uint8Array.of(1), 'b']) connection.network.last.sendRaw(frame)
    expect(connection.received).toEqual(['a', expect.any(ArrayBuffer), 'b'])
  })

  it('includes the subprotocol', async () => {
    const connection = setupConnection({ address: { url: 'ws://server.test', protocols: ['v2', 'v1'] } })
    connection.connect()
    await advanceTime(1)
    connection.network.last.accept('v1')
    expect(connection.eventsOf('opened')).toEqual([expect.objectContaining({ protocol: 'v1' })])
  })
})

describe('close code 4401', () => {
  const open = async (options: ConnectionOptions) => {
    const connection = setupConnection({ network: { mode: 'accept' }, ...options })
    await connection.open()
    return connection
  }
  const unauthorized = (connection: TestConnection) => connection.network.last.close(4401)

  it.each(['url', 'params', 'protocols'] as const)('calls a function for %s once more', async (key) => {
    const values = { url: 'ws://server.test', params: {}, protocols: [] }
    const provider = jest.fn(() => values[key])
    const connection = await open({ address: { ...values, [key]: provider } })
    unauthorized(connection)
    expect(connection.phase()).toBe('reconnecting')
    await advanceTime(1_000)
    expect(provider).toHaveBeenCalledTimes(2)
    expect(connection.phase()).toBe('open')
    unauthorized(connection)
    expect(connection.phase()).toBe('failed')
  })

  it('is fatal when there is no function and no handshake', async () => {
    const connection = await open({})
    unauthorized(connection)
    expect(connection.phase()).toBe('failed')
  })

  it('refreshes again only after the connection has been open for minUptime', async () => {
    const address = { url: () => 'ws://server.test/' }
    const early = await open({ address, reconnect: { minUptime: 5_000 } })
    unauthorized(early)
    await advanceTime(1_000 + 4_998)
    unauthorized(early)
    expect(early.phase()).toBe('failed')
    const late = await open({ address, reconnect: { minUptime: 5_000 } })
    unauthorized(late)
    await advanceTime(1_000 + 5_001)
    unauthorized(late)
    expect(late.phase()).toBe('reconnecting')
    await advanceTime(1_000)
  })

  it('refreshes again after a connect', async () => {
    const connection = await open({ address: { url: () => 'ws://server.test/' } })
    unauthorized(connection)
    await advanceTime(1_000)
    unauthorized(connection)
    expect(connection.phase()).toBe('failed')
    connection.connect()
    await advanceTime(1)
    unauthorized(connection)
    expect(connection.phase()).toBe('reconnecting')
  })
})

describe('the count of retries', () => {
  it('starts over when the connection has been open for minUptime', async () => {
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { minUptime: 5_000 } })
    connection.connect()
    await advanceTime(1)
    for (const uptime of [10, 4_000, 5_000, 10]) {
      await advanceTime(uptime)
      connection.network.last.cut()
      await advanceTime(1_001)
      expect(connection.phase()).toBe('open')
    }
    expect(connection.eventsOf('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2])
  })

  it('does not start over for a connection that is lost before minUptime', async () => {
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { maxRetries: 3 } })
    connection.network.onAttempt = ({ socket: client, cut: drop }) =>
      client.addEventListener('open', () => queueMicrotask(drop))
    connection.connect()
    await advanceTime(hour)
    expect(connection.phase()).toBe('failed')
    expect(connection.network.connections).toHaveLength(4)
    expect(connection.eventsOf('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  })

  it('starts over with a connect', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { maxRetries: 1 } })
    connection.connect()
    await advanceTime(hour)
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.eventsOf('connecting').map(({ attempt }) => attempt)).toEqual([0, 1, 0])
  })

  it('is in each reconnecting event, with the time of the retry', async () => {
    const connection = setupConnection({
      network: { mode: 'refuse' },
      reconnect: { backoff: (attempt) => attempt * 100 },
    })
    connection.connect()
    await advanceTime(250)
    const [first, second] = connection.eventsOf('reconnecting')
    expect(first).toMatchObject({ attempt: 1, delay: 100 })
    expect(second).toMatchObject({ attempt: 2, delay: 200, retryAt: (first?.retryAt ?? 0) + 200 })
  })
})

describe('reconnected', () => {
  it('is true after a loss and after a reconnect, and false after a close or a failure', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    connection.connect()
    await advanceTime(1)
    connection.network.last.cut()
    await advanceTime(1_000)
    connection.reconnect()
    await advanceTime(1)
    connection.close()
    await advanceTime(1)
    connection.connect()
    await advanceTime(1)
    connection.network.last.close(4403)
    connection.connect()
    await advanceTime(1)
    expect(connection.eventsOf('opened').map(({ reconnected }) => reconnected)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ])
    expect(connection.readyCalls).toEqual([false, true, true, false, false])
  })

  it('is false when the first attempts failed', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' } })
    connection.connect()
    await advanceTime(1)
    connection.network.mode = 'accept'
    await advanceTime(1_000)
    expect(connection.eventsOf('opened').map(({ reconnected }) => reconnected)).toEqual([false])
  })
})

describe('a WebSocket class', () => {
  it('that is missing ends the connection without a retry', async () => {
    const WebSocket = function Missing() {
      throw Object.assign(new Error('no class'), { code: 'no_websocket' })
    } as unknown as WebSocketClass
    const connection = setupConnection({ WebSocket })
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('failed')
    expect(connection.takeTypes()).toEqual(['connecting', 'failed'])
    expect(connection.eventsOf('failed')).toEqual([{ type: 'failed', code: 'no_websocket', message: 'no class' }])
  })

  it('whose constructor closes the socket is a lost attempt', async () => {
    const network = createHeldServer()
    class Closing extends network.WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols)
        this.close()
      }
    }
    const connection = setupConnection({ WebSocket: Closing as unknown as WebSocketClass })
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.takeTypes()).toEqual(['connecting', 'error', 'closed', 'reconnecting'])
    await advanceTime(1_000)
    expect(network.connections).toHaveLength(2)
  })

  it('whose sockets are open from the start delivers their messages', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    connection.network.onAttempt = (peer) => queueMicrotask(() => peer.accept())
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('open')
  })
})

describe('a send', () => {
  it('goes out at once while open', async () => {
    const connection = setupConnection()
    await connection.open()
    expect(connection.send('hello', { id: 'x' })).toEqual({ id: 'x', delivery: 'sent' })
    expect(connection.network.last.receivedRaw).toEqual(['hello'])
    expect(connection.events.filter(({ type }) => type === 'changed')).toEqual([])
  })

  it.each([
    ['idle', 'queued'],
    ['preparing', 'queued'],
    ['connecting', 'queued'],
    ['open', 'sent'],
    ['closing', 'dropped'],
    ['closed', 'dropped'],
    ['reconnecting', 'queued'],
    ['failed', 'dropped'],
  ] as const)('while %s is %s', async (phase, delivery) => {
    const connection = await phases[phase]()
    expect(connection.send('hello')).toMatchObject(
      delivery === 'dropped' ? { delivery, reason: 'closed' } : { delivery },
    )
    expect(connection.eventsOf('dropped')).toHaveLength(delivery === 'dropped' ? 1 : 0)
  })

  it.each(['idle', 'preparing', 'connecting', 'reconnecting'] as const)(
    'with whenOffline: "drop" is dropped as offline while %s',
    async (phase) => {
      const connection = await phases[phase]()
      expect(connection.send('hello', { id: 'x', whenOffline: 'drop' })).toEqual({
        id: 'x',
        delivery: 'dropped',
        reason: 'offline',
      })
      expect(connection.eventsOf('dropped')).toEqual([{ type: 'dropped', reason: 'offline', ids: ['x'], count: 1 }])
    },
  )

  it('is dropped without a queue', () => {
    const connection = setupConnection({ queue: { maxMessages: 0 } })
    expect(connection.send('hello')).toMatchObject({ delivery: 'dropped', reason: 'offline' })
  })

  it('is queued behind earlier sends, also from a listener of "opened"', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    connection.send('1')
    connection.onEvent = ({ type }) => {
      if (type === 'opened') connection.send('2')
    }
    connection.connect()
    await advanceTime(1)
    connection.send('3')
    expect(connection.network.last.receivedRaw).toEqual(['1', '2', '3'])
  })

  it('waits for the next socket when this one is closing, because the platform would discard it', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    connection.network.last.socket.readyState = 2
    expect(connection.send('hello').delivery).toBe('queued')
    connection.network.last.cut()
    await advanceTime(1_000)
    expect(connection.network.connections.map(({ receivedRaw: sent }) => sent)).toEqual([[], ['hello']])
  })

  it('is dropped and reported when the socket refuses it, and the next send goes out', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    jest.spyOn(connection.network.last.socket, 'send').mockImplementationOnce(() => {
      throw new Error('slip')
    })
    expect(connection.send('one', { id: 'one' })).toEqual({ id: 'one', delivery: 'dropped', reason: 'invalid' })
    expect(connection.send('two', { id: 'two' })).toEqual({ id: 'two', delivery: 'sent' })
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'encode_failed' })])
    expect(connection.eventsOf('dropped')).toEqual([{ type: 'dropped', reason: 'invalid', ids: ['one'], count: 1 }])
    expect(connection.network.last.receivedRaw).toEqual(['two'])
  })

  it('is dropped once when the socket refuses it after it has waited, and the rest goes out', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    for (const id of ['one', 'two', 'three']) connection.send(id, { id })
    connection.network.onAttempt = ({ socket: client }) => {
      const send = client.send.bind(client)
      jest.spyOn(client, 'send').mockImplementation((frame) => {
        if (frame === 'two') throw new Error('slip')
        send(frame)
      })
    }
    connection.connect()
    await advanceTime(1)
    expect(connection.network.last.receivedRaw).toEqual(['one', 'three'])
    expect(connection.eventsOf('dropped')).toEqual([{ type: 'dropped', reason: 'invalid', ids: ['two'], count: 1 }])
  })

  it('is dropped when its ttl has expired while it waits', async () => {
    const connection = setupConnection()
    connection.send('hello', { id: 'x', ttl: 100 })
    await advanceTime(100)
    expect(connection.eventsOf('dropped')).toEqual([{ type: 'dropped', reason: 'expired', ids: ['x'], count: 1 }])
  })

  it('changes the counter of the queue at most once every 16 ms', async () => {
    const connection = setupConnection()
    for (let n = 0; n < 100; n++) connection.send(String(n))
    expect(connection.eventsOf('changed')).toEqual([])
    await advanceTime(16)
    expect(connection.eventsOf('changed')).toEqual([{ type: 'changed', queued: 100 }])
    connection.dispose()
    expect(connection.eventsOf('changed').at(-1)).toEqual({ type: 'changed', queued: 0 })
  })

  it.each([
    ['closing', (connection: TestConnection): void => void connection.close()],
    ['failing', (connection: TestConnection) => connection.network.last.close(4403)],
    ['ending', (connection: TestConnection) => connection.network.last.close(1000)],
  ] as const)('is dropped at the end of the connection when it waits: %s', async (_how, end) => {
    const connection = setupConnection()
    await connection.open()
    connection.network.last.socket.readyState = 2
    connection.send('hello', { id: 'x' })
    connection.network.last.socket.readyState = 1
    end(connection)
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual([{ type: 'dropped', reason: 'closed', ids: ['x'], count: 1 }])
  })
})

describe('the queue for an address', () => {
  const waiting = async () => {
    const connection = setupConnection({ address: { url: 'ws://server.test/', path: '/a' } })
    connection.connect()
    await advanceTime(1)
    connection.send('hello', { id: 'x' })
    connection.network.mode = 'accept'
    return connection
  }

  it.each([{ url: 'ws://elsewhere.test/' }, { path: '/b' }])(
    'is dropped when another one follows: %j',
    async (moved) => {
      const connection = await waiting()
      connection.connect(moved)
      await advanceTime(1)
      expect(connection.eventsOf('dropped')).toEqual([{ type: 'dropped', reason: 'replaced', ids: ['x'], count: 1 }])
      expect(connection.network.last.receivedRaw).toEqual([])
    },
  )

  it.each([{ params: { room: 2 } }, { protocols: 'v2' }])('is kept when the place is the same: %j', async (moved) => {
    const connection = await waiting()
    connection.connect(moved)
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual([])
    expect(connection.network.last.receivedRaw).toEqual(['hello'])
  })

  it('is kept with keepQueue', async () => {
    const connection = await waiting()
    connection.connect({ url: 'ws://elsewhere.test/' }, true)
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual([])
    expect(connection.network.last.receivedRaw).toEqual(['hello'])
  })

  it('goes to the first address, because it was not sent to any other', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    connection.send('hello')
    connection.connect({ url: 'ws://elsewhere.test/' })
    await advanceTime(1)
    expect(connection.network.last.receivedRaw).toEqual(['hello'])
  })

  it('is kept by a reconnect', async () => {
    const connection = await waiting()
    connection.reconnect()
    await advanceTime(1)
    expect(connection.network.last.receivedRaw).toEqual(['hello'])
  })
})

describe('the promise of a command', () => {
  it('never rejects and always settles', async () => {
    const connection = setupConnection({ address: { url: async () => await Promise.reject(new Error('no')) } })
    const all = [
      connection.connect(),
      connection.reconnect(),
      connection.connect({ url: 'nonsense' }),
      connection.close(),
      connection.connect(),
    ]
    await advanceTime(hour)
    expect(all.map(({ isSettled }) => isSettled)).toEqual([true, true, true, true, true])
    expect(all.map(({ outcome }) => outcome)).toEqual(['closed', 'closed', 'closed', 'closed', 'failed'])
  })

  it('settles after the state has changed and the events were emitted', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' } })
    const seen: string[] = []
    const connecting = connection.connect()
    connection.onEvent = ({ type }) => seen.push(`${type}: ${connecting.outcome}`)
    await advanceTime(1)
    expect(seen).toEqual(['connecting', 'error', 'closed', 'reconnecting'].map((type) => `${type}: pending`))
    expect(connecting.outcome).toBe('reconnecting')
    expect(watch(Promise.resolve(1)).isSettled).toBe(false)
  })
})
