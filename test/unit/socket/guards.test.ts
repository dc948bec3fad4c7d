import { describe, expect, it } from '@jest/globals'
import { socketClose, socketConnect } from '../../../src/index.js'
import { buildStore } from '../../support/buildStore.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createPage, onPages } from '../page.js'
import { createEngine, onFakeTime, pass } from './engine.js'

onFakeTime()
onPages()

describe('a close in the moment of the open', () => {
  it('is not overtaken by it: the socket is OPEN, but we have not been told', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    class Eager extends network.WebSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(url, protocols)
        // An app's own class, whose listener comes before ours.
        this.addEventListener('open', () => void engine.close(4000))
      }
    }
    const engine = createEngine({ WebSocket: Eager })
    const opening = engine.connect()
    await pass(5_000)
    expect(engine.types()).not.toContain('opened')
    expect([opening.outcome, engine.phase()]).toEqual(['closed', 'closed'])
    expect(network.last.closedBy).toEqual({ code: 4000, reason: '' })
  })
})

describe('an attempt that was given up before the loop had come round for it', () => {
  it('does not let the loop stand: the next attempt is dialled', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' } })
    engine.connect()
    // The provider has answered, the loop is still on its way: microtasks only, none of its timers.
    for (let tick = 0; tick < 50; tick++) await Promise.resolve()
    page.fire('pagehide', { persisted: true })
    await pass(1)
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('open')
  })
})

describe('a connect that overtakes a close', () => {
  it('settles the close at once, however long its own provider takes', async () => {
    let asked = 0
    const engine = createEngine({
      address: { url: () => (++asked === 1 ? 'ws://server.test/ws' : new Promise<string>(() => {})) },
      network: { mode: 'accept', halfOpen: true },
    })
    engine.connect()
    await pass(1)
    const closing = engine.close()
    engine.connect()
    await pass()
    expect(closing.outcome).toBe('closed')
  })
})

describe('a server that is away for three seconds after six', () => {
  const send = (engine: ReturnType<typeof createEngine>) =>
    Array.from({ length: 100 }, (_, n) => engine.send(`message ${String(n)}`, { id: String(n) }).delivery)
  const sent = (engine: ReturnType<typeof createEngine>) => engine.network.sockets.flatMap((peer) => peer.sent)
  const away = async (queue: { maxMessages?: number }) => {
    const engine = createEngine({ network: { mode: 'accept' }, queue })
    engine.connect()
    await pass(6_000)
    engine.network.mode = 'refuse'
    engine.network.last.drop()
    await pass(1_000)
    send(engine)
    await pass(2_000)
    expect(sent(engine)).toEqual([])
    engine.network.mode = 'accept'
    await pass(10_000)
    return engine
  }

  it('gets the hundred messages of that time, each once, in order', async () => {
    const engine = await away({})
    expect(sent(engine)).toEqual(Array.from({ length: 100 }, (_, n) => `message ${String(n)}`))
    expect(engine.of('dropped')).toEqual([])
  })

  it('gets exactly fifty with a queue of fifty, and the other fifty are named', async () => {
    const engine = await away({ maxMessages: 50 })
    expect(sent(engine)).toHaveLength(50)
    expect(engine.of('dropped').flatMap(({ ids }) => ids)).toEqual(Array.from({ length: 50 }, (_, n) => String(n + 50)))
  })
})

describe('a close while the next attempt is waited for', () => {
  it('leaves standing what the network said last', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    using store = buildStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket })
    void store.dispatch(socketConnect())
    await pass(1)
    network.last.serverClose(4000, 'bye')
    await pass(1)
    expect(await store.dispatch(socketClose())).toBe('closed')
    expect(store.state()).toMatchObject({ status: 'closed', lastClose: { code: 4000, reason: 'bye' } })
    await pass(1)
  })
})
