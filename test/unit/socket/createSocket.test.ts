import { describe, expect, it, jest } from '@jest/globals'
import type { AttemptContext, WebSocketClass } from '../../../src/connection/types.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createEngine, onFakeTime, pass, watch, type Engine, type EngineOptions } from './engine.js'

const hour = 3_600_000

onFakeTime()

/** A url that is asked for and answered by hand. */
const createProvider = () => {
  const asked: {
    readonly context: AttemptContext
    readonly answer: (url?: string) => void
    readonly fail: () => void
  }[] = []
  const url = async (context: AttemptContext) =>
    await new Promise<string>((resolve, reject) => {
      asked.push({
        context,
        answer: (given = 'ws://server.test/ws') => resolve(given),
        fail: () => reject(new Error('no token')),
      })
    })
  return { url, asked }
}

/** Every phase, and how to get there. */
const phases = {
  idle: async () => createEngine({ network: { mode: 'accept' } }),
  preparing: async () => {
    // The provider is thinking; the phase is connecting.
    const url = jest.fn<() => Promise<string>>()
    url.mockReturnValueOnce(new Promise(() => {})).mockResolvedValue('ws://server.test/ws')
    const engine = createEngine({ network: { mode: 'accept' }, address: { url } })
    engine.connect()
    await pass(1)
    return engine
  },
  connecting: async () => {
    const engine = createEngine()
    engine.connect()
    await pass(1)
    engine.network.mode = 'accept'
    return engine
  },
  open: async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    return engine
  },
  closing: async () => {
    const engine = createEngine({ network: { mode: 'accept', halfOpen: true } })
    await engine.open()
    engine.close()
    return engine
  },
  closed: async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    engine.close()
    await pass(1)
    return engine
  },
  reconnecting: async () => {
    const engine = createEngine({ network: { mode: 'refuse' } })
    engine.connect()
    await pass(1)
    engine.network.mode = 'accept'
    return engine
  },
  failed: async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    engine.network.last.serverClose(4403)
    return engine
  },
} satisfies Record<string, () => Promise<Engine>>

const every = Object.entries(phases)

describe('connect', () => {
  it('dials, opens, and tells so in order', async () => {
    const engine = createEngine({ address: { url: 'http://user:pw@server.test/ws?token=secret' } })
    const connecting = engine.connect()
    expect(engine.phase()).toBe('connecting')
    await pass(1)
    expect(engine.network.last.url).toBe('ws://user:pw@server.test/ws?token=secret')
    expect(connecting.isSettled).toBe(false)
    engine.network.last.accept()
    await pass()
    expect(connecting.outcome).toBe('open')
    expect(engine.phase()).toBe('open')
    const url = 'ws://server.test/ws?…'
    expect(engine.events).toEqual([
      { type: 'connecting', attempt: 0, url },
      { type: 'opened', url, protocol: '', reconnected: false, at: Date.now() },
    ])
    expect(engine.readies).toEqual([false])
  })

  it.each(every)('from %s ends open, with one socket', async (phase, arrive) => {
    const engine = await arrive()
    const { length } = engine.network.sockets
    const connecting = engine.connect()
    await pass(30_000)
    expect(connecting.outcome).toBe(phase === 'preparing' || phase === 'connecting' ? 'reconnecting' : 'open')
    expect(engine.phase()).toBe('open')
    expect(engine.network.live).toBe(1)
    expect(engine.network.sockets).toHaveLength(phase === 'open' ? length : length + 1)
  })

  it.each(every)('from %s to another address ends open there', async (_phase, arrive) => {
    const engine = await arrive()
    const connecting = engine.connect({ url: 'ws://elsewhere.test/ws' })
    await pass(30_000)
    expect(connecting.outcome).toBe('open')
    expect(engine.network.last.url).toBe('ws://elsewhere.test/ws')
    expect(engine.network.live).toBe(1)
  })

  it('keeps the address that it was given for the next time', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    engine.connect({ url: 'ws://elsewhere.test/', params: { room: 1 } })
    await pass(1)
    engine.close()
    await pass(1)
    engine.connect()
    await pass(1)
    expect(engine.network.last.url).toBe('ws://elsewhere.test/?room=1')
  })

  it('to where we are does nothing', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    const connecting = engine.connect({ url: 'ws://server.test/ws' })
    await pass(1)
    expect(connecting.outcome).toBe('open')
    expect(engine.types()).toEqual([])
  })
})

describe('reconnect', () => {
  it.each(every)('from %s ends open, with a socket that is new', async (_phase, arrive) => {
    const engine = await arrive()
    const { length } = engine.network.sockets
    const connecting = engine.reconnect()
    await pass(1)
    expect(connecting.outcome).toBe('open')
    expect(engine.network.sockets).toHaveLength(length + 1)
    expect(engine.network.live).toBe(1)
  })

  it('says goodbye to the old socket before it dials the new one', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    const old = engine.network.last
    engine.reconnect()
    await pass(1)
    expect(old.closedBy).toEqual({ code: 1000, reason: '' })
    expect(engine.types()).toEqual(['closed', 'connecting', 'opened'])
    expect(engine.of('closed')).toEqual([
      expect.objectContaining({ code: null, cause: 'replaced', wasClean: false, next: 'connecting' }),
    ])
  })

  it('during backoff keeps the count of retries', async () => {
    const engine = createEngine({ network: { mode: 'refuse' } })
    engine.connect()
    await pass(2_500)
    engine.reconnect()
    await pass(1)
    expect(engine.of('connecting').map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3])
  })

  it('while the url of a retry is on its way asks for another; a connect joins that', async () => {
    const { url, asked } = createProvider()
    const engine = createEngine({ address: { url } })
    engine.connect()
    await pass(1)
    asked[0]?.fail()
    await pass(1_000)
    const joining = [engine.reconnect(), engine.connect()]
    await pass(1)
    expect(asked).toHaveLength(3)
    asked[2]?.answer()
    await pass(1)
    engine.network.last.accept()
    await pass()
    expect(joining.map(({ outcome }) => outcome)).toEqual(['open', 'open'])
  })
})

describe('close', () => {
  it.each(every)('from %s ends closed, for good', async (_phase, arrive) => {
    const engine = await arrive()
    const closing = engine.close()
    await pass(2_000)
    expect(closing.outcome).toBe('closed')
    expect(engine.phase()).toBe('closed')
    expect(engine.network.live).toBe(0)
    expect(jest.getTimerCount()).toBe(0)
    const { length } = engine.network.sockets
    await pass(hour)
    expect(engine.phase()).toBe('closed')
    expect(engine.network.sockets).toHaveLength(length)
  })

  it('takes its code and reason to the server, and says what came back', async () => {
    const engine = createEngine()
    await engine.open()
    engine.network.last.halfOpen = true
    const closing = engine.close(4000, 'bye')
    await pass(1)
    expect(engine.phase()).toBe('closing')
    expect(closing.isSettled).toBe(false)
    expect(engine.network.last.closedBy).toEqual({ code: 4000, reason: 'bye' })
    engine.network.last.finishClose(4001, 'bye to you')
    await pass()
    expect(closing.outcome).toBe('closed')
    expect(engine.types()).toEqual(['closed'])
    expect(engine.of('closed')).toEqual([
      { type: 'closed', code: 4001, reason: 'bye to you', wasClean: true, at: Date.now(), next: 'closed' },
    ])
  })

  it('waits for a silent peer no longer than closeTimeout', async () => {
    const engine = createEngine({ network: { halfOpen: true }, closeTimeout: 500 })
    await engine.open()
    const closing = engine.close()
    await pass(499)
    expect(engine.phase()).toBe('closing')
    await pass(1)
    expect(closing.outcome).toBe('closed')
    expect(engine.of('closed')).toEqual([
      expect.objectContaining({ code: null, cause: 'timeout', wasClean: false, next: 'closed' }),
    ])
    // What the peer says at last is nobody's concern.
    engine.network.last.finishClose(1000)
    await pass(hour)
    expect(engine.of('closed')).toHaveLength(1)
  })

  it('is the same close when asked for twice', async () => {
    const engine = createEngine({ network: { halfOpen: true } })
    await engine.open()
    const closings = [engine.close(4000), engine.close(4001)]
    await pass(2_000)
    expect(closings.map(({ outcome }) => outcome)).toEqual(['closed', 'closed'])
    expect(engine.network.last.closedBy).toEqual({ code: 4000, reason: '' })
    expect(engine.types()).toEqual(['closed'])
  })

  it('of what is over tells nothing', async () => {
    const engine = createEngine()
    expect([engine.close(), engine.close()].map(({ isSettled }) => isSettled)).toEqual([false, false])
    await pass()
    expect(engine.phase()).toBe('closed')
    expect(engine.events).toEqual([])
  })

  it('lets go of a socket whose close() throws', async () => {
    const engine = createEngine()
    await engine.open()
    jest.spyOn(engine.network.last.client, 'close').mockImplementationOnce(() => {
      throw new Error('slip')
    })
    const closing = engine.close()
    await pass()
    expect(closing.outcome).toBe('closed')
    expect(engine.of('closed')).toEqual([expect.objectContaining({ code: null, cause: 'abandoned' })])
  })

  it('ends a socket that the server is closing already', async () => {
    const engine = createEngine()
    await engine.open()
    engine.network.last.client.readyState = 2
    const closing = engine.close()
    await pass(1)
    expect(engine.phase()).toBe('closing')
    engine.network.last.finishClose(1001)
    await pass()
    expect(closing.outcome).toBe('closed')
    expect(engine.of('closed')).toEqual([expect.objectContaining({ code: 1001, next: 'closed' })])
  })

  it('where the runtime can, terminates what it gives up', async () => {
    const engine = createEngine({ network: { terminate: true, halfOpen: true } })
    await engine.open()
    const terminate = jest.spyOn(engine.network.last.client as unknown as { terminate: () => void }, 'terminate')
    engine.close()
    expect(terminate).not.toHaveBeenCalled()
    await pass(2_000)
    expect(terminate).toHaveBeenCalledTimes(1)
    expect(engine.events.at(-1)).toMatchObject({ type: 'closed', code: null })
  })
})

describe('dispose', () => {
  it.each(every)('from %s ends everything at once', async (_phase, arrive) => {
    const engine = await arrive()
    engine.dispose()
    expect(engine.network.live).toBe(0)
    expect(['idle', 'closed', 'failed']).toContain(engine.phase())
    const told = engine.events.length
    const { length } = engine.network.sockets
    await pass(1)
    expect(jest.getTimerCount()).toBe(0)
    await pass(hour)
    expect(engine.events).toHaveLength(told)
    expect(engine.network.sockets).toHaveLength(length)
  })

  it('settles the commands that wait', async () => {
    const engine = createEngine({ network: { halfOpen: true } })
    const connecting = engine.connect()
    await pass(1)
    engine.dispose()
    await pass(1)
    expect(connecting.outcome).toBe('closed')
    const other = createEngine({ network: { halfOpen: true } })
    await other.open()
    const closing = other.close()
    other.dispose()
    await pass(1)
    expect(closing.outcome).toBe('closed')
  })

  it('reports what was waiting', async () => {
    const engine = createEngine()
    engine.send('a', { id: 'a' })
    engine.dispose()
    expect(engine.events).toEqual([
      { type: 'dropped', reason: 'closed', ids: ['a'], count: 1 },
      { type: 'changed', queued: 0 },
    ])
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('a connect that is superseded', () => {
  it('by a close settles with it', async () => {
    const engine = createEngine()
    const connecting = engine.connect()
    engine.close()
    await pass()
    expect(connecting.outcome).toBe('closed')
  })

  it('by connects elsewhere settles with the last of them', async () => {
    const engine = createEngine()
    const connectings = [1, 2, 3].map((n) => engine.connect({ url: `ws://server.test/${String(n)}` }))
    await pass(1)
    expect(connectings.map(({ outcome }) => outcome)).toEqual(['pending', 'pending', 'pending'])
    expect(engine.network.sockets.map(({ url }) => url)).toEqual(['ws://server.test/3'])
    engine.network.last.accept()
    await pass()
    expect(connectings.map(({ outcome }) => outcome)).toEqual(['open', 'open', 'open'])
  })

  it('by a reconnect settles with that', async () => {
    const engine = createEngine()
    const connecting = engine.connect()
    await pass(1)
    const reconnecting = engine.reconnect()
    await pass(1)
    expect(engine.network.sockets).toHaveLength(2)
    engine.network.last.refuse()
    await pass()
    expect([connecting.outcome, reconnecting.outcome]).toEqual(['reconnecting', 'reconnecting'])
  })

  it('that came while closing lets the close end first', async () => {
    const engine = createEngine({ network: { mode: 'accept', halfOpen: true } })
    await engine.open()
    const closing = engine.close()
    const connecting = engine.connect()
    await pass(1)
    expect([closing.outcome, connecting.outcome]).toEqual(['closed', 'open'])
    await pass(hour)
    expect(engine.phase()).toBe('open')
    expect(engine.network.sockets).toHaveLength(2)
  })
})

describe('a function for the url', () => {
  it('is told which attempt it is, why, and how the last one ended', async () => {
    const url = jest.fn((_context: AttemptContext) => 'ws://server.test/ws')
    const engine = createEngine({ network: { mode: 'accept' }, address: { url } })
    engine.connect()
    await pass(1)
    engine.network.last.drop()
    await pass(1_000)
    engine.network.last.serverClose(4401)
    await pass(1_000)
    engine.reconnect()
    await pass(1)
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

  it('is asked before every dial, and its answer is what is dialled', async () => {
    let token = 0
    const engine = createEngine({
      network: { mode: 'refuse' },
      address: { url: 'ws://server.test/', params: async () => ({ token: ++token }) },
    })
    engine.connect()
    await pass(2_500)
    expect(engine.network.sockets.map(({ url }) => url)).toEqual([
      'ws://server.test/?token=1',
      'ws://server.test/?token=2',
      'ws://server.test/?token=3',
    ])
  })

  it('that throws at once costs the attempt', async () => {
    const engine = createEngine({
      address: {
        url: () => {
          throw new Error('no token')
        },
      },
    })
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(engine.types()).toEqual(['error', 'reconnecting'])
  })

  it('that answers when all is over opens nothing', async () => {
    const { url, asked } = createProvider()
    const engine = createEngine({ network: { mode: 'accept' }, address: { url } })
    engine.connect()
    await pass(1)
    engine.close()
    asked[0]?.answer()
    await pass(hour)
    expect(engine.network.sockets).toHaveLength(0)
    expect(asked).toHaveLength(1)
  })

  it('that fails when all is over is nobody’s concern', async () => {
    const { url, asked } = createProvider()
    const engine = createEngine({ address: { url } })
    engine.connect()
    await pass(1)
    engine.close()
    engine.types()
    asked[0]?.fail()
    await pass(hour)
    expect(engine.types()).toEqual([])
  })

  it('that answers for an attempt that is over does not serve the next one', async () => {
    const { url, asked } = createProvider()
    const engine = createEngine({ network: { mode: 'accept' }, address: { url }, connectTimeout: 3_000 })
    engine.connect()
    await pass(4_000)
    expect(asked).toHaveLength(2)
    asked[0]?.answer('ws://server.test/stale')
    await pass(1)
    expect(engine.network.sockets).toHaveLength(0)
    asked[1]?.answer('ws://server.test/fresh')
    await pass(1)
    expect(engine.network.sockets.map((peer) => peer.url)).toEqual(['ws://server.test/fresh'])
  })

  it('is told by its signal that the attempt is over', async () => {
    const { url, asked } = createProvider()
    const engine = createEngine({ address: { url } })
    engine.connect()
    await pass(1)
    expect(asked[0]?.context.signal.aborted).toBe(false)
    engine.connect({ params: { room: 2 } })
    expect(asked[0]?.context.signal.aborted).toBe(true)
    expect(asked[1]?.context.signal.aborted).toBe(false)
    await pass(10_000)
    expect(asked[1]?.context.signal.aborted).toBe(true)
  })

  it('that gives what is no url is asked again; one that is given as it is, is not', async () => {
    const broken = createEngine({ address: { url: () => 'nonsense' } })
    const connecting = broken.connect()
    await pass(1)
    expect([connecting.outcome, broken.phase()]).toEqual(['reconnecting', 'reconnecting'])
    const hopeless = createEngine({ address: { url: 'nonsense' } })
    const failing = hopeless.connect()
    await pass(1)
    expect([failing.outcome, hopeless.phase()]).toEqual(['failed', 'failed'])
    expect(hopeless.types()).toEqual(['failed'])
    expect(hopeless.of('failed')).toEqual([expect.objectContaining({ code: 'invalid_url' })])
  })
})

describe('connectTimeout', () => {
  it('covers the url and the upgrade together', async () => {
    const { url, asked } = createProvider()
    const engine = createEngine({ address: { url }, connectTimeout: 3_000 })
    const connecting = engine.connect()
    await pass(2_000)
    asked[0]?.answer()
    await pass(999)
    expect(engine.network.sockets).toHaveLength(1)
    expect(connecting.isSettled).toBe(false)
    await pass(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(engine.network.live).toBe(0)
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'connect_timeout' })])
  })

  it('tells of no close where there was no socket', async () => {
    const { url } = createProvider()
    const engine = createEngine({ address: { url } })
    engine.connect()
    await pass(10_000)
    expect(engine.types()).toEqual(['error', 'reconnecting'])
  })

  it('is over once open', async () => {
    const engine = createEngine({ connectTimeout: 3_000 })
    await engine.open()
    expect(jest.getTimerCount()).toBe(0)
    await pass(hour)
    expect(engine.phase()).toBe('open')
  })

  it('starts anew for every attempt, and anew for a command', async () => {
    const engine = createEngine({ connectTimeout: 3_000 })
    engine.connect()
    await pass(2_999)
    engine.reconnect()
    await pass(2_999)
    expect(engine.phase()).toBe('connecting')
    await pass(1)
    expect(engine.phase()).toBe('reconnecting')
    await pass(1_000 + 2_999)
    expect(engine.phase()).toBe('connecting')
    await pass(1)
    expect(engine.phase()).toBe('reconnecting')
  })
})

describe('a socket that was given up', () => {
  const giveUp: Record<string, (engine: Engine) => void | Promise<void>> = {
    'by reconnect': (engine) => void engine.reconnect(),
    'by connect elsewhere': (engine) => void engine.connect({ url: 'ws://elsewhere.test/' }),
    'by close and connect': (engine) => {
      engine.close()
      engine.connect()
    },
    'by connectTimeout': async () => await pass(11_000),
  }
  const late: Record<string, (peer: Engine['network']['last']) => void> = {
    open: ({ client }) => client.dispatchEvent(new Event('open')),
    message: (peer) => peer.receive('"late"'),
    error: ({ client }) => client.dispatchEvent(new Event('error')),
    close: (peer) => peer.finishClose(4403, 'late'),
    cut: (peer) => peer.drop(),
  }
  const pairs = Object.keys(giveUp).flatMap((how) => Object.keys(late).map((what) => [how, what] as const))

  it.each(pairs)('%s is not heard of again: a late %s changes nothing', async (how, what) => {
    const engine = createEngine({ network: { lateDelivery: true, halfOpen: true } })
    if (how === 'by connectTimeout') {
      engine.connect()
      await pass(1)
    } else await engine.open()
    const old = engine.network.last
    await giveUp[how]?.(engine)
    await pass(1)
    expect(engine.network.sockets).toHaveLength(2)
    const [phase, told, heard] = [engine.phase(), engine.events.length, engine.received.length]
    late[what]?.(old)
    await pass(1)
    expect([engine.phase(), engine.events.length, engine.received.length]).toEqual([phase, told, heard])
    engine.network.last.accept()
    await pass()
    late[what]?.(old)
    await pass(hour)
    expect(engine.phase()).toBe('open')
    expect(engine.received).toEqual([])
    expect(engine.network.sockets).toHaveLength(2)
  })

  it.each(['message', 'error', 'close', 'cut'])('by close is not heard of again: a late %s', async (what) => {
    const engine = createEngine({ network: { lateDelivery: true, halfOpen: true } })
    await engine.open()
    engine.close()
    await pass(2_000)
    const told = engine.events.length
    late[what]?.(engine.network.last)
    await pass(hour)
    expect(engine.phase()).toBe('closed')
    expect(engine.events).toHaveLength(told)
    expect(engine.received).toEqual([])
  })

  it('is deaf while it closes, too: `ws` goes on delivering', async () => {
    const engine = createEngine({ network: { lateDelivery: true, halfOpen: true } })
    await engine.open()
    engine.network.last.receive('"in time"')
    engine.close()
    engine.network.last.receive('"too late"')
    expect(engine.received).toEqual(['"in time"'])
    await pass(2_000)
  })
})

describe('a command from inside an event', () => {
  it('is served after the event, and the event is told whole', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    const told: string[] = []
    engine.during = ({ type }) => {
      if (type === 'closed') {
        engine.during = undefined
        engine.reconnect()
        told.push(engine.phase())
      }
    }
    await engine.open()
    engine.network.last.drop()
    expect(told).toEqual(['reconnecting'])
    await pass(1)
    expect(engine.types()).toEqual(['closed', 'reconnecting', 'connecting', 'opened'])
    expect(Date.now()).toBeLessThan(1_000_000 + 1_000)
  })

  it.each(['connecting', 'opened', 'error', 'closed', 'reconnecting'] as const)(
    'a close from inside "%s" is the last word',
    async (event) => {
      const engine = createEngine({ network: { mode: event === 'opened' ? 'accept' : 'refuse' } })
      const closings: ReturnType<Engine['close']>[] = []
      engine.during = ({ type }) => {
        if (type === event && closings.length === 0) closings.push(engine.close())
      }
      const connecting = engine.connect()
      await pass(2_000)
      expect(closings.map(({ outcome }) => outcome)).toEqual(['closed'])
      expect(connecting.isSettled).toBe(true)
      await pass(hour)
      expect(engine.phase()).toBe('closed')
      expect(engine.network.sockets.length).toBeLessThanOrEqual(1)
      expect(engine.network.live).toBe(0)
    },
  )

  it('a connect from inside "failed" begins again', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    engine.during = ({ type }) => {
      if (type === 'failed') engine.connect()
    }
    engine.network.last.serverClose(4403)
    await pass(1)
    expect(engine.types()).toEqual(['closed', 'failed', 'connecting', 'opened'])
    expect(engine.phase()).toBe('open')
  })

  it('opposite commands from inside one event are served in order: the last one wins', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    engine.during = ({ type }) => {
      if (type !== 'opened') return
      engine.during = undefined
      engine.close()
      engine.connect()
      engine.close()
    }
    engine.connect()
    await pass(2_000)
    expect(engine.phase()).toBe('closed')
    expect(engine.network.live).toBe(0)
  })

  it('a send is served at once: its result is asked for', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    const results: string[] = []
    engine.during = ({ type }) => {
      if (type === 'opened') results.push(engine.send('hello').delivery)
    }
    engine.connect()
    await pass(1)
    expect(results).toEqual(['sent'])
    expect(engine.network.last.sent).toEqual(['hello'])
  })
})

describe('what the network says', () => {
  it('is told as it was: an error first, then the close', async () => {
    const engine = createEngine()
    await engine.open()
    engine.network.last.fail()
    await pass()
    expect(engine.types()).toEqual(['error', 'closed', 'reconnecting'])
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'connection_error' })])
    expect(engine.of('closed')).toEqual([
      { type: 'closed', code: 1006, reason: '', wasClean: false, at: Date.now(), next: 'reconnecting' },
    ])
  })

  it('of a dial that is refused is a connection_failed', async () => {
    const engine = createEngine({ network: { mode: 'refuse' } })
    engine.connect()
    await pass(1)
    expect(engine.of('error').map(({ code }) => code)).toEqual(['connection_failed'])
  })

  it.each([
    [1000, 'closed'],
    [1001, 'reconnecting'],
    [1005, 'reconnecting'],
    [1008, 'failed'],
    [4000, 'reconnecting'],
    [4403, 'failed'],
  ] as const)('with %i leads to %s', async (code, next) => {
    const engine = createEngine()
    await engine.open()
    engine.send('never mind')
    engine.network.last.serverClose(code === 1005 ? undefined : code, 'because')
    expect(engine.phase()).toBe(next)
    expect(engine.of('closed')).toEqual([expect.objectContaining({ code, next })])
  })

  it('is handed on: text and bytes, in order, while open', async () => {
    const engine = createEngine()
    await engine.open()
    for (const frame of ['a', Uint8Array.of(1), 'b']) engine.network.last.receive(frame)
    expect(engine.received).toEqual(['a', expect.any(ArrayBuffer), 'b'])
  })

  it('about the subprotocol is told', async () => {
    const engine = createEngine({ address: { url: 'ws://server.test', protocols: ['v2', 'v1'] } })
    engine.connect()
    await pass(1)
    engine.network.last.accept('v1')
    expect(engine.of('opened')).toEqual([expect.objectContaining({ protocol: 'v1' })])
  })
})

describe('4401', () => {
  const open = async (options: EngineOptions) => {
    const engine = createEngine({ network: { mode: 'accept' }, ...options })
    await engine.open()
    return engine
  }
  const unauthorized = (engine: Engine) => engine.network.last.serverClose(4401)

  it.each(['url', 'params', 'protocols'] as const)('asks a function for %s once more', async (key) => {
    const values = { url: 'ws://server.test', params: {}, protocols: [] }
    const provider = jest.fn(() => values[key])
    const engine = await open({ address: { ...values, [key]: provider } })
    unauthorized(engine)
    expect(engine.phase()).toBe('reconnecting')
    await pass(1_000)
    expect(provider).toHaveBeenCalledTimes(2)
    expect(engine.phase()).toBe('open')
    unauthorized(engine)
    expect(engine.phase()).toBe('failed')
  })

  it('fails at once when nobody can be asked', async () => {
    const engine = await open({})
    unauthorized(engine)
    expect(engine.phase()).toBe('failed')
  })

  it('may ask once more after the connection has held for minUptime, not before', async () => {
    const address = { url: () => 'ws://server.test/' }
    const early = await open({ address, reconnect: { minUptime: 5_000 } })
    unauthorized(early)
    await pass(1_000 + 4_998)
    unauthorized(early)
    expect(early.phase()).toBe('failed')
    const late = await open({ address, reconnect: { minUptime: 5_000 } })
    unauthorized(late)
    await pass(1_000 + 5_001)
    unauthorized(late)
    expect(late.phase()).toBe('reconnecting')
    await pass(1_000)
  })

  it('may ask once more after a connect', async () => {
    const engine = await open({ address: { url: () => 'ws://server.test/' } })
    unauthorized(engine)
    await pass(1_000)
    unauthorized(engine)
    expect(engine.phase()).toBe('failed')
    engine.connect()
    await pass(1)
    unauthorized(engine)
    expect(engine.phase()).toBe('reconnecting')
  })
})

describe('the count of retries', () => {
  it('starts over only when the connection has held for minUptime', async () => {
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { minUptime: 5_000 } })
    engine.connect()
    await pass(1)
    for (const uptime of [10, 4_000, 5_000, 10]) {
      await pass(uptime)
      engine.network.last.drop()
      await pass(1_001)
      expect(engine.phase()).toBe('open')
    }
    expect(engine.of('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2])
  })

  it('does not start over for a connection that flaps', async () => {
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { maxRetries: 3 } })
    engine.network.onDial = ({ client, drop }) => client.addEventListener('open', () => queueMicrotask(drop))
    engine.connect()
    await pass(hour)
    expect(engine.phase()).toBe('failed')
    expect(engine.network.sockets).toHaveLength(4)
    expect(engine.of('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  })

  it('starts over with a connect', async () => {
    const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { maxRetries: 1 } })
    engine.connect()
    await pass(hour)
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(engine.of('connecting').map(({ attempt }) => attempt)).toEqual([0, 1, 0])
  })

  it('is told with each retry, and when that is due', async () => {
    const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { backoff: (attempt) => attempt * 100 } })
    engine.connect()
    await pass(250)
    const [first, second] = engine.of('reconnecting')
    expect(first).toMatchObject({ attempt: 1, delay: 100 })
    expect(second).toMatchObject({ attempt: 2, delay: 200, retryAt: (first?.retryAt ?? 0) + 200 })
  })
})

describe('reconnected', () => {
  it('is true after a loss and after a reconnect, false after a close or a failure', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    engine.connect()
    await pass(1)
    engine.network.last.drop()
    await pass(1_000)
    engine.reconnect()
    await pass(1)
    engine.close()
    await pass(1)
    engine.connect()
    await pass(1)
    engine.network.last.serverClose(4403)
    engine.connect()
    await pass(1)
    expect(engine.of('opened').map(({ reconnected }) => reconnected)).toEqual([false, true, true, false, false])
    expect(engine.readies).toEqual([false, true, true, false, false])
  })

  it('is false when the first dials failed', async () => {
    const engine = createEngine({ network: { mode: 'refuse' } })
    engine.connect()
    await pass(1)
    engine.network.mode = 'accept'
    await pass(1_000)
    expect(engine.of('opened').map(({ reconnected }) => reconnected)).toEqual([false])
  })
})

describe('a WebSocket class', () => {
  it('that does not exist ends the connection: trying again cannot help', async () => {
    const WebSocket = function Missing() {
      throw Object.assign(new Error('there is none'), { code: 'no_websocket' })
    } as unknown as WebSocketClass
    const engine = createEngine({ WebSocket })
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('failed')
    expect(engine.types()).toEqual(['connecting', 'failed'])
    expect(engine.of('failed')).toEqual([{ type: 'failed', code: 'no_websocket', message: 'there is none' }])
  })

  it('whose constructor closes the socket is a dial that was lost', async () => {
    const network = createFakeNetwork()
    class Closing extends network.WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols)
        this.close()
      }
    }
    const engine = createEngine({ WebSocket: Closing as unknown as WebSocketClass })
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(engine.types()).toEqual(['connecting', 'error', 'closed', 'reconnecting'])
    await pass(1_000)
    expect(network.sockets).toHaveLength(2)
  })

  it('whose sockets are open when they are made is heard all the same', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    engine.network.onDial = (peer) => queueMicrotask(() => peer.accept())
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('open')
  })
})

describe('a send', () => {
  it('goes out at once while open', async () => {
    const engine = createEngine()
    await engine.open()
    expect(engine.send('hello', { id: 'x' })).toEqual({ id: 'x', delivery: 'sent' })
    expect(engine.network.last.sent).toEqual(['hello'])
    expect(engine.events.filter(({ type }) => type === 'changed')).toEqual([])
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
    const engine = await phases[phase]()
    expect(engine.send('hello')).toMatchObject(delivery === 'dropped' ? { delivery, reason: 'closed' } : { delivery })
    expect(engine.of('dropped')).toHaveLength(delivery === 'dropped' ? 1 : 0)
  })

  it.each(['idle', 'preparing', 'connecting', 'reconnecting'] as const)(
    'that may not wait, while %s, is dropped as offline',
    async (phase) => {
      const engine = await phases[phase]()
      expect(engine.send('hello', { id: 'x', whenOffline: 'drop' })).toEqual({
        id: 'x',
        delivery: 'dropped',
        reason: 'offline',
      })
      expect(engine.of('dropped')).toEqual([{ type: 'dropped', reason: 'offline', ids: ['x'], count: 1 }])
    },
  )

  it('has nowhere to wait without a queue', () => {
    const engine = createEngine({ queue: { maxMessages: 0 } })
    expect(engine.send('hello')).toMatchObject({ delivery: 'dropped', reason: 'offline' })
  })

  it('keeps its place: what waits goes first, also before what a listener of "opened" sends', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    engine.send('1')
    engine.during = ({ type }) => {
      if (type === 'opened') engine.send('2')
    }
    engine.connect()
    await pass(1)
    engine.send('3')
    expect(engine.network.last.sent).toEqual(['1', '2', '3'])
  })

  it('on a socket that is closing waits for the next one: the platform would discard it', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    engine.network.last.client.readyState = 2
    expect(engine.send('hello').delivery).toBe('queued')
    engine.network.last.drop()
    await pass(1_000)
    expect(engine.network.sockets.map(({ sent }) => sent)).toEqual([[], ['hello']])
  })

  it('that the socket refuses is dropped and reported, and nothing else suffers', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    jest.spyOn(engine.network.last.client, 'send').mockImplementationOnce(() => {
      throw new Error('slip')
    })
    expect(engine.send('one', { id: 'one' })).toEqual({ id: 'one', delivery: 'dropped', reason: 'invalid' })
    expect(engine.send('two', { id: 'two' })).toEqual({ id: 'two', delivery: 'sent' })
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'encode_failed' })])
    expect(engine.of('dropped')).toEqual([{ type: 'dropped', reason: 'invalid', ids: ['one'], count: 1 }])
    expect(engine.network.last.sent).toEqual(['two'])
  })

  it('that the socket refuses after it had waited is dropped once, and the rest goes out', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    for (const id of ['one', 'two', 'three']) engine.send(id, { id })
    engine.network.onDial = ({ client }) => {
      const send = client.send.bind(client)
      jest.spyOn(client, 'send').mockImplementation((frame) => {
        if (frame === 'two') throw new Error('slip')
        send(frame)
      })
    }
    engine.connect()
    await pass(1)
    expect(engine.network.last.sent).toEqual(['one', 'three'])
    expect(engine.of('dropped')).toEqual([{ type: 'dropped', reason: 'invalid', ids: ['two'], count: 1 }])
  })

  it('that waits is dropped when its time is over', async () => {
    const engine = createEngine()
    engine.send('hello', { id: 'x', ttl: 100 })
    await pass(100)
    expect(engine.of('dropped')).toEqual([{ type: 'dropped', reason: 'expired', ids: ['x'], count: 1 }])
  })

  it('that waits is told of at most once a frame', async () => {
    const engine = createEngine()
    for (let n = 0; n < 100; n++) engine.send(String(n))
    expect(engine.of('changed')).toEqual([])
    await pass(16)
    expect(engine.of('changed')).toEqual([{ type: 'changed', queued: 100 }])
    engine.dispose()
    expect(engine.of('changed').at(-1)).toEqual({ type: 'changed', queued: 0 })
  })

  it.each([
    ['closing', (engine: Engine): void => void engine.close()],
    ['failing', (engine: Engine) => engine.network.last.serverClose(4403)],
    ['ending', (engine: Engine) => engine.network.last.serverClose(1000)],
  ] as const)('that waits does not outlive the connection: %s', async (_how, end) => {
    const engine = createEngine()
    await engine.open()
    engine.network.last.client.readyState = 2
    engine.send('hello', { id: 'x' })
    engine.network.last.client.readyState = 1
    end(engine)
    await pass(1)
    expect(engine.of('dropped')).toEqual([{ type: 'dropped', reason: 'closed', ids: ['x'], count: 1 }])
  })
})

describe('what waits for an address', () => {
  const waiting = async () => {
    const engine = createEngine({ address: { url: 'ws://server.test/', path: '/a' } })
    engine.connect()
    await pass(1)
    engine.send('hello', { id: 'x' })
    engine.network.mode = 'accept'
    return engine
  }

  it.each([{ url: 'ws://elsewhere.test/' }, { path: '/b' }])('is dropped when there is another: %j', async (moved) => {
    const engine = await waiting()
    engine.connect(moved)
    await pass(1)
    expect(engine.of('dropped')).toEqual([{ type: 'dropped', reason: 'replaced', ids: ['x'], count: 1 }])
    expect(engine.network.last.sent).toEqual([])
  })

  it.each([{ params: { room: 2 } }, { protocols: 'v2' }])(
    'goes along when the place is the same: %j',
    async (moved) => {
      const engine = await waiting()
      engine.connect(moved)
      await pass(1)
      expect(engine.of('dropped')).toEqual([])
      expect(engine.network.last.sent).toEqual(['hello'])
    },
  )

  it('goes along with keepQueue', async () => {
    const engine = await waiting()
    engine.connect({ url: 'ws://elsewhere.test/' }, true)
    await pass(1)
    expect(engine.of('dropped')).toEqual([])
    expect(engine.network.last.sent).toEqual(['hello'])
  })

  it('goes to the first address that there is: before that it waited for any', async () => {
    const engine = createEngine({ network: { mode: 'accept' } })
    engine.send('hello')
    engine.connect({ url: 'ws://elsewhere.test/' })
    await pass(1)
    expect(engine.network.last.sent).toEqual(['hello'])
  })

  it('outlasts a reconnect', async () => {
    const engine = await waiting()
    engine.reconnect()
    await pass(1)
    expect(engine.network.last.sent).toEqual(['hello'])
  })
})

describe('the promise of a command', () => {
  it('never rejects and always settles', async () => {
    const engine = createEngine({ address: { url: async () => await Promise.reject(new Error('no')) } })
    const all = [
      engine.connect(),
      engine.reconnect(),
      engine.connect({ url: 'nonsense' }),
      engine.close(),
      engine.connect(),
    ]
    await pass(hour)
    expect(all.map(({ isSettled }) => isSettled)).toEqual([true, true, true, true, true])
    expect(all.map(({ outcome }) => outcome)).toEqual(['closed', 'closed', 'closed', 'closed', 'failed'])
  })

  it('settles after the state has changed and the events were told', async () => {
    const engine = createEngine({ network: { mode: 'refuse' } })
    const seen: string[] = []
    const connecting = engine.connect()
    engine.during = ({ type }) => seen.push(`${type}: ${connecting.outcome}`)
    await pass(1)
    expect(seen).toEqual(['connecting', 'error', 'closed', 'reconnecting'].map((type) => `${type}: pending`))
    expect(connecting.outcome).toBe('reconnecting')
    expect(watch(Promise.resolve(1)).isSettled).toBe(false)
  })
})
