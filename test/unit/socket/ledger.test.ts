import { describe, expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { createUnconfirmedSends } from '../../../src/features/unconfirmedSends.js'
import { createFakeNetwork, type FakePeer } from '../../support/fakeWebSocket.js'
import { createTestStore } from '../../support/store.js'
import { createEngine, onFakeTime, pass, type Engine, type EngineOptions } from './engine.js'

const beat = { interval: 10_000, timeout: 5_000 }

onFakeTime()

const answer = (peer: FakePeer): void => {
  peer.onSent = (frame) => {
    if (frame === 'ping') setTimeout(() => peer.receive('pong'), 1)
  }
}

const openEngine = async (options: EngineOptions = {}): Promise<Engine> => {
  const engine = createEngine({ heartbeat: beat, ...options })
  engine.network.onDial = answer
  await engine.open()
  await pass(5)
  return engine
}

const indeterminate = (engine: Engine) => engine.of('dropped').filter(({ reason }) => reason === 'indeterminate')
const lost = (...ids: string[]) => [{ type: 'dropped', reason: 'indeterminate', ids, count: ids.length }]
const send = (engine: Engine, ...ids: string[]) => ids.map((id) => engine.send(id, { id }).delivery)

describe('a socket that dies', () => {
  it('leaves in doubt what was sent since the last answered question: once, by name', async () => {
    const engine = await openEngine()
    send(engine, 'a', 'b')
    await pass(10_000)
    send(engine, 'c', 'd')
    engine.network.last.drop()
    await pass(60_000)
    expect(indeterminate(engine)).toEqual(lost('c', 'd'))
  })

  it('tells of it after it has told that it is gone', async () => {
    const engine = await openEngine()
    send(engine, 'a')
    engine.types()
    engine.network.last.drop()
    await pass(1)
    expect(engine.types().filter((type) => type !== 'changed')).toEqual(['closed', 'reconnecting', 'dropped'])
  })

  it('leaves nothing in doubt when nothing was sent, or all of it is proven', async () => {
    const engine = await openEngine()
    engine.network.last.drop()
    await pass(1_500)
    engine.network.last.accept()
    await pass(5)
    send(engine, 'a')
    await pass(10_005)
    engine.network.last.drop()
    await pass(1)
    expect(engine.of('dropped')).toEqual([])
  })

  it('a question alone proves nothing, nor does any other message: only its answer', async () => {
    const engine = await openEngine()
    engine.network.last.onSent = null
    send(engine, 'a')
    await pass(10_000)
    expect(engine.network.last.sent.at(-1)).toBe('ping')
    engine.network.last.receive('your message has arrived, believe me')
    engine.network.last.drop()
    await pass(1)
    expect(indeterminate(engine)).toEqual(lost('a'))
  })

  it('an answer does not prove what was sent after its question', async () => {
    const engine = await openEngine()
    engine.network.last.onSent = null
    send(engine, 'before')
    await pass(10_000)
    send(engine, 'after')
    engine.network.last.receive('pong')
    engine.network.last.drop()
    await pass(1)
    expect(indeterminate(engine)).toEqual(lost('after'))
  })

  it('the first question proves what had waited: it comes behind that', async () => {
    const engine = createEngine({ heartbeat: beat })
    send(engine, 'a')
    await engine.open()
    engine.network.last.receive('pong')
    send(engine, 'b')
    engine.network.last.drop()
    await pass(1)
    expect(indeterminate(engine)).toEqual(lost('b'))
  })

  it('of silence reports it when it is given up', async () => {
    const engine = await openEngine()
    engine.network.last.freeze()
    send(engine, 'a')
    await pass(9_999)
    send(engine, 'b')
    await pass(5_000)
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
    expect(indeterminate(engine)).toEqual(lost('a', 'b'))
  })

  it('does not send again what is in doubt, and does not drop what waits', async () => {
    const engine = await openEngine()
    send(engine, 'a')
    engine.network.last.drop()
    expect(send(engine, 'b')).toEqual(['queued'])
    await pass(1_000)
    engine.network.last.accept()
    await pass(5)
    expect(engine.network.last.sent).toEqual(['b', 'ping'])
    expect(indeterminate(engine)).toEqual(lost('a'))
  })

  it.each<[string, (engine: Engine) => void]>([
    ['a reconnect', (engine) => engine.reconnect()],
    ['another address', (engine) => engine.connect({ url: 'ws://elsewhere.test/' })],
    ['dispose', (engine) => engine.dispose()],
    ['a close by the server', (engine) => engine.network.last.serverClose(1012)],
    ['a close by the server for good', (engine) => engine.network.last.serverClose(1000)],
    ['a failure', (engine) => engine.network.last.serverClose(4403)],
  ])('also by %s', async (_how, end) => {
    const engine = await openEngine()
    send(engine, 'a')
    end(engine)
    await pass(1)
    expect(indeterminate(engine)).toEqual(lost('a'))
  })

  it('names a thousand at most, the newest, and counts all', async () => {
    const engine = await openEngine()
    for (let n = 0; n < 3_456; n++) send(engine, `m${String(n)}`)
    engine.network.last.drop()
    await pass(1)
    expect(indeterminate(engine)).toHaveLength(1)
    const [{ ids, count } = { ids: [], count: 0 }] = indeterminate(engine)
    expect(count).toBe(3_456)
    expect(ids).toEqual(Array.from({ length: 1_000 }, (_, n) => `m${String(n + 2_456)}`))
  })
})

describe('a close that was asked for', () => {
  it('and answered leaves nothing in doubt: the goodbye came after everything else', async () => {
    const engine = await openEngine()
    send(engine, 'a')
    engine.close(4000)
    await pass(1)
    expect(engine.phase()).toBe('closed')
    expect(engine.of('dropped')).toEqual([])
  })

  it.each<[string, (peer: FakePeer) => void]>([
    ['not answered', () => {}],
    ['cut short', (peer) => peer.drop()],
    ['crossed by the server’s own', (peer) => peer.finishClose(1001)],
  ])('and %s does', async (_how, happens) => {
    const engine = await openEngine()
    engine.network.last.halfOpen = true
    send(engine, 'a')
    engine.close()
    happens(engine.network.last)
    await pass(2_000)
    expect(engine.phase()).toBe('closed')
    expect(indeterminate(engine)).toEqual(lost('a'))
  })
})

describe('without a heartbeat', () => {
  it('nothing is said of what was sent: it is unknowable', async () => {
    const engine = await openEngine({ heartbeat: false })
    send(engine, 'a', 'b')
    engine.network.last.drop()
    await pass(60_000)
    expect(engine.of('dropped')).toEqual([])
  })
})

describe('the store', () => {
  it('is told by one socketDropped', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    const { connect, send: say, dropped } = createSocketActions()
    const store = createTestStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket, heartbeat: beat })
    void store.dispatch(connect())
    await pass(1)
    const sent = ['a', 'b', 'c'].map((text) => store.dispatch(say(text)))
    network.last.drop()
    await pass(1)
    expect(sent.map(({ delivery }) => delivery)).toEqual(['sent', 'sent', 'sent'])
    expect(store.recorder.of(dropped).map(({ payload }) => payload)).toEqual([
      { reason: 'indeterminate', ids: sent.map(({ id }) => id), count: 3 },
    ])
  })
})

describe('a ledger', () => {
  const createTestLedger = () => {
    const reports: [ids: readonly string[], count: number][] = []
    return { reports, ...createUnconfirmedSends((ids, count) => reports.push([ids, count])) }
  }

  it('reports what is not proven, and begins anew', () => {
    const ledger = createTestLedger()
    for (const id of ['a', 'b', 'c']) ledger.add(id)
    ledger.confirmUpTo(2)
    ledger.onLost()
    expect(ledger.reports).toEqual([[['c'], 1]])
    ledger.onLost()
    expect(ledger.reports).toHaveLength(1)
    expect(ledger.cursor()).toBe(0)
    ledger.add('d')
    ledger.onLost()
    expect(ledger.reports[1]).toEqual([['d'], 1])
  })

  it('is not impressed by an older proof that comes late', () => {
    const ledger = createTestLedger()
    for (const id of ['a', 'b', 'c']) ledger.add(id)
    ledger.confirmUpTo(3)
    ledger.confirmUpTo(1)
    ledger.onLost()
    expect(ledger.reports).toEqual([])
  })

  it('agrees with a ledger that forgets nothing, whatever is sent and proven', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const ledger = createTestLedger()
      let state = seed
      const draw = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below
      const all: string[] = []
      let proven = 0
      for (let step = 0; step < 20; step++) {
        if (draw(3) === 0) {
          const mark = proven + draw(all.length - proven + 1)
          proven = mark
          ledger.confirmUpTo(mark)
        }
        for (let n = draw(700); n > 0; n--) {
          all.push(String(all.length))
          ledger.add(all.at(-1) ?? '')
        }
        expect(ledger.cursor()).toBe(all.length)
      }
      ledger.onLost()
      const doubt = all.slice(proven)
      expect(ledger.reports).toEqual(doubt.length > 0 ? [[doubt.slice(-1_000), doubt.length]] : [])
    }
  })
})
