import { describe, expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import type { FakeConnection } from '../../../src/testing/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { type ConnectionOptions, setupConnection, type TestConnection } from '../../support/setupConnection.js'
import { setupStore } from '../../support/setupStore.js'

const beat = { interval: 10_000, timeout: 5_000 }

useFakeTime()

const answer = (peer: FakeConnection): void => {
  peer.onReceived = (frame) => {
    if (frame === 'ping') setTimeout(() => peer.sendRaw('pong'), 1)
  }
}

const openConnection = async (options: ConnectionOptions = {}): Promise<TestConnection> => {
  const connection = setupConnection({ heartbeat: beat, ...options })
  connection.network.onAttempt = answer
  await connection.open()
  await advanceTime(5)
  return connection
}

const indeterminate = (connection: TestConnection) =>
  connection.eventsOf('dropped').filter(({ reason }) => reason === 'indeterminate')
const lost = (...ids: string[]) => [{ type: 'dropped', reason: 'indeterminate', ids, count: ids.length }]
const send = (connection: TestConnection, ...ids: string[]) => ids.map((id) => connection.send(id, { id }).delivery)

describe('a socket that is lost', () => {
  it('reports as indeterminate what was sent since the last answered question: once, by id', async () => {
    const connection = await openConnection()
    send(connection, 'a', 'b')
    await advanceTime(10_000)
    send(connection, 'c', 'd')
    connection.network.last.cut()
    await advanceTime(60_000)
    expect(indeterminate(connection)).toEqual(lost('c', 'd'))
  })

  it('reports it after its close', async () => {
    const connection = await openConnection()
    send(connection, 'a')
    connection.takeTypes()
    connection.network.last.cut()
    await advanceTime(1)
    expect(connection.takeTypes().filter((type) => type !== 'changed')).toEqual(['closed', 'reconnecting', 'dropped'])
  })

  it('reports nothing when nothing was sent, or all of it is proven', async () => {
    const connection = await openConnection()
    connection.network.last.cut()
    await advanceTime(1_500)
    connection.network.last.accept()
    await advanceTime(5)
    send(connection, 'a')
    await advanceTime(10_005)
    connection.network.last.cut()
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual([])
  })

  it('proves nothing by a question alone or by another message: only by the answer', async () => {
    const connection = await openConnection()
    connection.network.last.onReceived = null
    send(connection, 'a')
    await advanceTime(10_000)
    expect(connection.network.last.receivedRaw.at(-1)).toBe('ping')
    connection.network.last.sendRaw('your message has arrived, believe me')
    connection.network.last.cut()
    await advanceTime(1)
    expect(indeterminate(connection)).toEqual(lost('a'))
  })

  it('does not prove by an answer what was sent after its question', async () => {
    const connection = await openConnection()
    connection.network.last.onReceived = null
    send(connection, 'before')
    await advanceTime(10_000)
    send(connection, 'after')
    connection.network.last.sendRaw('pong')
    connection.network.last.cut()
    await advanceTime(1)
    expect(indeterminate(connection)).toEqual(lost('after'))
  })

  it('proves by the first question what had waited, because the question follows it', async () => {
    const connection = setupConnection({ heartbeat: beat })
    send(connection, 'a')
    await connection.open()
    connection.network.last.sendRaw('pong')
    send(connection, 'b')
    connection.network.last.cut()
    await advanceTime(1)
    expect(indeterminate(connection)).toEqual(lost('b'))
  })

  it('reports only what was sent on it, not what an earlier one lost', async () => {
    const connection = await openConnection()
    send(connection, 'a')
    connection.network.last.cut()
    await advanceTime(1_000)
    connection.network.last.accept()
    send(connection, 'b')
    connection.network.last.cut()
    await advanceTime(1)
    expect(indeterminate(connection)).toEqual([...lost('a'), ...lost('b')])
  })

  it('reports it after a missed heartbeat', async () => {
    const connection = await openConnection()
    connection.network.last.freeze()
    send(connection, 'a')
    await advanceTime(9_999)
    send(connection, 'b')
    await advanceTime(5_000)
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
    expect(indeterminate(connection)).toEqual(lost('a', 'b'))
  })

  it('does not send again what is indeterminate, and keeps the queue', async () => {
    const connection = await openConnection()
    send(connection, 'a')
    connection.network.last.cut()
    expect(send(connection, 'b')).toEqual(['queued'])
    await advanceTime(1_000)
    connection.network.last.accept()
    await advanceTime(5)
    expect(connection.network.last.receivedRaw).toEqual(['b', 'ping'])
    expect(indeterminate(connection)).toEqual(lost('a'))
  })

  it.each<[string, (connection: TestConnection) => void]>([
    ['a reconnect', (connection) => connection.reconnect()],
    ['another address', (connection) => connection.connect({ url: 'ws://elsewhere.test/' })],
    ['dispose', (connection) => connection.dispose()],
    ['a close by the server', (connection) => connection.network.last.close(1012)],
    ['a close by the server for good', (connection) => connection.network.last.close(1000)],
    ['a failure', (connection) => connection.network.last.close(4403)],
  ])('reports it also after %s', async (_how, end) => {
    const connection = await openConnection()
    send(connection, 'a')
    end(connection)
    await advanceTime(1)
    expect(indeterminate(connection)).toEqual(lost('a'))
  })

  it('reports the newest thousand ids at most, and counts all', async () => {
    const connection = await openConnection()
    for (let n = 0; n < 3_456; n++) send(connection, `m${String(n)}`)
    connection.network.last.cut()
    await advanceTime(1)
    expect(indeterminate(connection)).toHaveLength(1)
    const [{ ids, count } = { ids: [], count: 0 }] = indeterminate(connection)
    expect(count).toBe(3_456)
    expect(ids).toEqual(Array.from({ length: 1_000 }, (_, n) => `m${String(n + 2_456)}`))
  })
})

describe('a close that the app asked for', () => {
  it('reports nothing when it is answered: the close frame followed everything else', async () => {
    const connection = await openConnection()
    send(connection, 'a')
    connection.close(4000)
    await advanceTime(1)
    expect(connection.phase()).toBe('closed')
    expect(connection.eventsOf('dropped')).toEqual([])
  })

  it.each<[string, (peer: FakeConnection) => void]>([
    ['not answered', () => {}],
    ['cut short', (peer) => peer.cut()],
    ['crossed by the server’s own', (peer) => peer.finishClose(1001)],
  ])('reports it when it is %s', async (_how, happens) => {
    const connection = await openConnection()
    connection.network.last.halfOpen = true
    send(connection, 'a')
    connection.close()
    happens(connection.network.last)
    await advanceTime(2_000)
    expect(connection.phase()).toBe('closed')
    expect(indeterminate(connection)).toEqual(lost('a'))
  })
})

describe('a connection without a heartbeat', () => {
  it('reports what was sent since the last frame of the peer', async () => {
    const connection = await openConnection({ heartbeat: false })
    send(connection, 'a', 'b')
    connection.network.last.sendRaw('any frame')
    send(connection, 'c')
    connection.network.last.cut()
    await advanceTime(60_000)
    expect(indeterminate(connection)).toEqual(lost('c'))
  })

  it('reports nothing when the peer answers the close frame', async () => {
    const connection = await openConnection({ heartbeat: false })
    send(connection, 'a')
    connection.close()
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual([])
  })
})

describe('the store', () => {
  it('receives one socketDropped', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const { connect, send: say, dropped } = createSocketActions()
    const store = setupStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket, heartbeat: beat })
    void store.dispatch(connect())
    await advanceTime(1)
    const sent = ['a', 'b', 'c'].map((text) => store.dispatch(say(text)))
    network.last.cut()
    await advanceTime(1)
    expect(sent.map(({ delivery }) => delivery)).toEqual(['sent', 'sent', 'sent'])
    expect(store.recorder.of(dropped).map(({ payload }) => payload)).toEqual([
      { reason: 'indeterminate', ids: sent.map(({ id }) => id), count: 3 },
    ])
  })
})

describe('the list of unconfirmed sends', () => {
  it('agrees with a list that keeps everything, whatever is sent and whenever a frame arrives', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      // oxlint-disable-next-line no-await-in-loop
      const connection = await openConnection({ heartbeat: false })
      let state = seed
      const draw = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below
      let doubt: string[] = []
      for (let step = 0; step < 6; step++) {
        if (draw(3) === 0) {
          connection.network.last.sendRaw('a frame')
          doubt = []
        }
        for (let n = draw(700); n > 0; n--) doubt.push(connection.send('text').id)
      }
      connection.dispose()
      const report = { type: 'dropped', reason: 'indeterminate', ids: doubt.slice(-1_000), count: doubt.length }
      expect(indeterminate(connection)).toEqual(doubt.length > 0 ? [report] : [])
    }
  })
})
