import { describe, expect, it } from '@jest/globals'
import { socketClose, socketConnect } from '../../../src/index.js'
import { setupStore } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { setupConnection } from '../../support/setupConnection.js'

useFakeTime()

describe('a close while the socket opens', () => {
  it('wins when the socket is OPEN and its event was not delivered yet', async () => {
    const network = createHeldServer({ mode: 'accept' })
    class Eager extends network.WebSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(url, protocols)
        // A class of the app, whose listener comes before the library's.
        this.addEventListener('open', () => void connection.close(4000))
      }
    }
    const connection = setupConnection({ WebSocket: Eager })
    const opening = connection.connect()
    await advanceTime(5_000)
    expect(connection.takeTypes()).not.toContain('opened')
    expect([opening.outcome, connection.phase()]).toEqual(['closed', 'closed'])
    expect(network.last.closedBy).toEqual({ code: 4000, reason: '' })
  })
})

describe('an attempt that is given up before the reconnect loop has reached it', () => {
  it('does not stop the loop: the next attempt connects', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' } })
    connection.connect()
    // The address is resolved and the loop is still on its way: microtasks only, none of its timers.
    for (let tick = 0; tick < 50; tick++) await Promise.resolve()
    page.fire('pagehide', { persisted: true })
    await advanceTime(1)
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('open')
  })
})

describe('a connect that is dispatched during a close', () => {
  it('settles the close at once, however long its own address takes', async () => {
    let asked = 0
    const connection = setupConnection({
      address: { url: () => (++asked === 1 ? 'ws://server.test/ws' : new Promise<string>(() => {})) },
      network: { mode: 'accept', halfOpen: true },
    })
    connection.connect()
    await advanceTime(1)
    const closing = connection.close()
    connection.connect()
    await advanceTime()
    expect(closing.outcome).toBe('closed')
  })
})

describe('a server that is away for three seconds of six', () => {
  const send = (connection: ReturnType<typeof setupConnection>) =>
    Array.from({ length: 100 }, (_, n) => connection.send(`message ${String(n)}`, { id: String(n) }).delivery)
  const sent = (connection: ReturnType<typeof setupConnection>) =>
    connection.network.connections.flatMap((peer) => peer.receivedRaw)
  const away = async (queue: { maxMessages?: number }) => {
    const connection = setupConnection({ network: { mode: 'accept' }, queue })
    connection.connect()
    await advanceTime(6_000)
    connection.network.mode = 'refuse'
    connection.network.last.cut()
    await advanceTime(1_000)
    send(connection)
    await advanceTime(2_000)
    expect(sent(connection)).toEqual([])
    connection.network.mode = 'accept'
    await advanceTime(10_000)
    return connection
  }

  it('receives the hundred messages of that time once each, in order', async () => {
    const connection = await away({})
    expect(sent(connection)).toEqual(Array.from({ length: 100 }, (_, n) => `message ${String(n)}`))
    expect(connection.eventsOf('dropped')).toEqual([])
  })

  it('receives fifty of them with a queue of fifty, and the other fifty are reported as dropped', async () => {
    const connection = await away({ maxMessages: 50 })
    expect(sent(connection)).toHaveLength(50)
    expect(connection.eventsOf('dropped').flatMap(({ ids }) => ids)).toEqual(
      Array.from({ length: 50 }, (_, n) => String(n + 50)),
    )
  })
})

describe('a close while the next attempt waits', () => {
  it('keeps the last close that the network reported', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const store = setupStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    network.last.close(4000, 'bye')
    await advanceTime(1)
    expect(await store.dispatch(socketClose())).toBe('closed')
    expect(store.state()).toMatchObject({ status: 'closed', lastClose: { code: 4000, reason: 'bye' } })
    await advanceTime(1)
  })
})
