import { describe, expect, it } from '@jest/globals'
import {
  socketClose,
  socketClosed,
  socketConnect,
  socketDropped,
  socketFailed,
  socketListen,
  socketMessage,
  socketOpened,
  socketReceive,
  socketReconnect,
  socketSend,
  createProtocol,
  createSocketMiddleware,
  SocketFailure,
  type HandshakeContext,
} from '../../../src/index.js'
import { createPage } from '../../support/page.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import type { FakeConnection, FakeServerOptions } from '../../../src/testing/index.js'
import { inDevelopment } from '../../support/mode.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

useFakeTime()

const handshake = async ({ receive }: HandshakeContext) => void (await receive())
const next = { url: 'ws://b.example/ws', handover: true } as const

/** A store whose handshake waits for a message of the server, with its first socket ready. */
const setup = async (options: StoreOptions = {}, network: FakeServerOptions = {}) => {
  const store = setupStore({ handshake, reconnect: { backoff: () => 100 }, ...options }, network)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  if (options.handshake === undefined) store.receive('"welcome"')
  await advanceTime(20)
  store.takeActions()
  return { ...store, old: store.network.last }
}

/** Starts a handover: the new socket is open, and its handshake waits. */
const startHandover = async (store: TestStore, options: Parameters<typeof socketConnect>[0] = next) => {
  const outcome = { value: 'pending' }
  void store.dispatch(socketConnect(options)).then((value) => (outcome.value = value))
  await advanceTime(1)
  return outcome
}

const says = (peer: FakeConnection, value: unknown) => peer.sendRaw(JSON.stringify(value))
const welcome = async (store: TestStore) => {
  says(store.network.last, 'welcome')
  await advanceTime(1)
}
const messages = (store: TestStore) => store.recorder.of(socketMessage).map(({ payload }) => payload)
const verbs = (store: TestStore) => store.takeActions().map(({ type }) => type.replace('socket/', ''))

describe('a handover', () => {
  it('delivers the messages of the old socket until the new one is ready, then those of the new one', async () => {
    const store = await setup()
    says(store.old, 1)
    const outcome = await startHandover(store)
    says(store.old, 2)
    await welcome(store)
    says(store.network.last, 3)
    expect([messages(store), outcome.value]).toEqual([[1, 2, 3], 'open'])
    expect(store.network.connections.map(({ url }) => url)).toEqual(['ws://a.example/ws', 'ws://b.example/ws'])
  })

  it('keeps the status open, and reports no close', async () => {
    const store = await setup()
    const statuses = new Set<string>()
    store.store.subscribe(() => statuses.add(store.state().status))
    await startHandover(store)
    says(store.old, 1)
    await advanceTime(100)
    await welcome(store)
    await advanceTime(1_000)
    expect(statuses).toEqual(new Set(['open']))
    expect(verbs(store)).toEqual(['connect', 'connecting', 'message', 'opened'])
    expect(store.recorder.of(socketOpened).at(-1)?.payload).toMatchObject({
      reconnected: true,
      url: 'ws://b.example/ws',
    })
    expect(store.state()).toMatchObject({ status: 'open', url: 'ws://b.example/ws', lastClose: null, error: null })
  })

  it('closes the old socket with 1000 half a second after the new one is ready, and delivers what still comes', async () => {
    const store = await setup({}, { lateDelivery: true, halfOpen: true })
    await startHandover(store)
    await welcome(store)
    await advanceTime(400)
    says(store.old, 'on its way')
    expect(store.old.closedBy).toBeNull()
    await advanceTime(100)
    expect(store.old.closedBy).toEqual({ code: 1000, reason: '' })
    says(store.old, 'after the close frame')
    store.old.finishClose()
    await advanceTime(1)
    expect(messages(store)).toEqual(['on its way', 'after the close frame'])
    expect(store.network.live).toBe(1)
  })

  it('lets sends wait, in order, and sends them on the new socket', async () => {
    const store = await setup()
    store.dispatch(socketSend('before'))
    await startHandover(store)
    expect([store.dispatch(socketSend('a')).delivery, store.dispatch(socketSend('b')).delivery]).toEqual([
      'queued',
      'queued',
    ])
    await advanceTime(20)
    expect(store.state().queued).toBe(2)
    await welcome(store)
    store.dispatch(socketSend('c'))
    expect(store.network.connections.map(({ receivedRaw: sent }) => sent)).toEqual([
      ['"before"'],
      ['"a"', '"b"', '"c"'],
    ])
    expect(store.recorder.of(socketDropped)).toEqual([])
  })

  it('drops what waits for the old address with keepQueue: false', async () => {
    const store = await setup({ queue: { highWaterMark: 0 } }, { slow: true })
    store.dispatch(socketSend('sent'))
    store.dispatch(socketSend('waits', { id: 'waits' }))
    await startHandover(store, { ...next, keepQueue: false })
    expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
      { reason: 'replaced', ids: ['waits'], count: 1 },
    ])
  })

  it('is no longer congested by the old socket', async () => {
    const store = await setup({ queue: { highWaterMark: 0 } }, { slow: true })
    store.dispatch(socketSend('sent'))
    await advanceTime(40)
    expect(store.state()).toMatchObject({ congested: true, buffered: 6 })
    await startHandover(store)
    await advanceTime(20)
    expect(store.state()).toMatchObject({ congested: false, buffered: 0 })
  })

  it('answers pings of the old socket on the old socket, and hides answers to the heartbeat', async () => {
    const store = await setup({ heartbeat: { interval: 60_000, timeout: 30_000 } })
    await startHandover(store)
    store.old.sendRaw('pong')
    store.old.sendRaw('ping')
    await advanceTime(1)
    expect(store.old.receivedRaw).toEqual(['ping', 'pong'])
    await welcome(store)
    store.old.sendRaw('ping')
    await advanceTime(1)
    expect([store.old.receivedRaw, store.network.last.receivedRaw]).toEqual([['ping', 'pong', 'pong'], ['ping']])
    expect(messages(store)).toEqual([])
  })

  it('opens a fresh socket at the same address', async () => {
    const store = await setup()
    const outcome = await startHandover(store, { handover: true })
    says(store.old, 1)
    await welcome(store)
    expect([outcome.value, messages(store), store.state().status]).toEqual(['open', [1], 'open'])
    expect(store.network.connections.map(({ url }) => url)).toEqual(['ws://a.example/ws', 'ws://a.example/ws'])
  })

  it('is an ordinary connect while no connection is open', async () => {
    const store = setupStore()
    expect(await Promise.all([store.dispatch(socketConnect(next)), advanceTime(1)])).toEqual(['open', undefined])
    expect(store.network.connections).toHaveLength(1)
    store.network.last.cut()
    await advanceTime(1)
    expect(store.state().status).toBe('reconnecting')
    void store.dispatch(socketConnect({ url: 'ws://c.example/ws', handover: true }))
    await advanceTime(1)
    expect([store.state().status, store.network.last.url]).toEqual(['open', 'ws://c.example/ws'])
  })

  it('without a handshake ends as soon as the new socket is open', async () => {
    const store = await setupOpenStore()
    const [old] = store.network.connections
    void store.dispatch(socketConnect(next))
    await advanceTime(1)
    expect(verbs(store)).toEqual(['connect', 'connecting', 'opened'])
    await advanceTime(500)
    expect(old?.closedBy).toEqual({ code: 1000, reason: '' })
  })

  it('sends the last message of a protocol on the old socket right before its close frame', async () => {
    const finals: boolean[] = []
    const protocol = createProtocol(() => ({
      beforeClose: ({ send, isFinal }) => {
        finals.push(isFinal)
        send('bye')
      },
    }))
    const store = await setup({ protocol })
    await startHandover(store)
    store.old.sendRaw('ping')
    await welcome(store)
    await advanceTime(400)
    expect([store.old.receivedRaw, store.old.closedBy]).toEqual([['pong'], null])
    await advanceTime(200)
    expect([store.old.receivedRaw, store.old.closedBy?.code, store.network.last.receivedRaw]).toEqual([
      ['pong', '"bye"'],
      1000,
      [],
    ])
    void store.dispatch(socketClose())
    await advanceTime(1)
    expect([finals, store.network.last.receivedRaw]).toEqual([[false, true], ['"bye"']])
  })

  it('does not end an iteration over the messages, nor a listener', async () => {
    const store = await setup()
    const received: unknown[] = []
    const iteration = store.dispatch(socketReceive())
    store.dispatch(
      socketListen(
        () => true,
        (message) => received.push(message),
      ),
    )
    const read = [iteration.next(), iteration.next(), iteration.next()]
    await startHandover(store)
    says(store.old, 1)
    await welcome(store)
    says(store.old, 2)
    says(store.network.last, 3)
    const results = await Promise.all(read)
    expect([results.map(({ value }) => value as unknown), received]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  it('can be repeated once it is done, also while the old socket is still closing', async () => {
    const store = await setup()
    await startHandover(store)
    await welcome(store)
    const second = store.network.last
    await startHandover(store, { url: 'ws://c.example/ws', handover: true })
    says(store.old, 1)
    says(second, 2)
    await welcome(store)
    await advanceTime(1_000)
    expect([messages(store), store.network.live, store.state().status]).toEqual([[1, 2], 1, 'open'])
    expect([store.old.closedBy, second.closedBy]).toEqual([
      { code: 1000, reason: '' },
      { code: 1000, reason: '' },
    ])
  })
})

describe('a handover whose new socket', () => {
  it('is refused goes on receiving on the old one while it retries', async () => {
    const store = await setup()
    store.network.mode = 'refuse'
    const outcome = await startHandover(store)
    expect([outcome.value, store.state().status]).toEqual(['reconnecting', 'reconnecting'])
    store.dispatch(socketSend('waits'))
    says(store.old, 1)
    store.network.mode = 'accept'
    await advanceTime(101)
    says(store.old, 2)
    await welcome(store)
    expect([messages(store), store.network.last.receivedRaw, store.state().status]).toEqual([
      [1, 2],
      ['"waits"'],
      'open',
    ])
    await advanceTime(1_000)
    expect(store.network.live).toBe(1)
  })

  it('is lost for good closes the old one', async () => {
    const store = await setup({ reconnect: { maxRetries: 0 } })
    store.network.mode = 'refuse'
    const outcome = await startHandover(store)
    expect([outcome.value, store.state().status, store.old.closedBy]).toEqual([
      'failed',
      'failed',
      { code: 1000, reason: '' },
    ])
    expect(store.network.live).toBe(0)
  })

  it('has an address that cannot be resolved is retried, while the old one is received', async () => {
    let isFailing = false
    const store = await setup({
      url: () => {
        if (isFailing) throw new Error('no url')
        return 'ws://a.example/ws'
      },
    })
    isFailing = true
    const outcome = await startHandover(store, { protocols: 'v2', handover: true })
    says(store.old, 1)
    expect([outcome.value, messages(store), store.state().status]).toEqual(['reconnecting', [1], 'reconnecting'])
    isFailing = false
    await advanceTime(100)
    await welcome(store)
    expect([store.state().status, store.network.connections.length]).toEqual(['open', 2])
  })

  it('has an address for which a SocketFailure is thrown closes the old one', async () => {
    let isFailing = false
    const store = await setup({
      url: () => {
        if (isFailing) throw new SocketFailure('over')
        return 'ws://a.example/ws'
      },
    })
    isFailing = true
    await startHandover(store, { protocols: 'v2', handover: true })
    await advanceTime(1)
    expect([store.state().status, store.old.closedBy?.code, store.network.live]).toEqual(['failed', 1000, 0])
    expect(store.recorder.of(socketClosed)).toEqual([])
  })

  it('never gets through its handshake is retried after connectTimeout, while the old one is received', async () => {
    const store = await setup({ connectTimeout: 1_000 })
    await startHandover(store)
    await advanceTime(1_000)
    expect(store.state()).toMatchObject({ status: 'reconnecting', error: { code: 'connect_timeout' } })
    says(store.old, 1)
    expect(messages(store)).toEqual([1])
  })
})

describe('during a handover', () => {
  it('the end of the old socket is a loss, with what the network reported', async () => {
    const store = await setup()
    await startHandover(store)
    store.old.close(4004, 'grace time expired')
    await advanceTime(1)
    expect(store.state()).toMatchObject({
      status: 'connecting',
      lastClose: { code: 4004, reason: 'grace time expired' },
    })
    await welcome(store)
    expect(verbs(store)).toEqual(['connect', 'connecting', 'closed', 'opened'])
    expect(store.state().status).toBe('open')
  })

  it('the end of the old socket after the new one is ready is no event', async () => {
    const store = await setup()
    await startHandover(store)
    await welcome(store)
    store.old.close(4004)
    await advanceTime(1_000)
    expect(store.recorder.of(socketClosed)).toEqual([])
    expect(store.state().status).toBe('open')
  })

  it('socketClose closes both sockets and delivers nothing more', async () => {
    const store = await setup({}, { lateDelivery: true })
    await startHandover(store)
    const closing = store.dispatch(socketClose())
    says(store.old, 'late')
    await advanceTime(1)
    expect([await closing, store.state().status, messages(store), store.network.live]).toEqual([
      'closed',
      'closed',
      [],
      0,
    ])
    expect(store.network.connections.map(({ closedBy }) => closedBy?.code)).toEqual([1000, 1000])
  })

  it('socketClose after the new socket is ready closes the old one too', async () => {
    const store = await setup({}, { lateDelivery: true })
    await startHandover(store)
    await welcome(store)
    void store.dispatch(socketClose())
    says(store.old, 'late')
    await advanceTime(1)
    expect([store.state().status, messages(store), store.network.live]).toEqual(['closed', [], 0])
  })

  it.each([true, false])('dispose ends both sockets at once (terminate: %p)', async (terminate) => {
    const store = await setup({}, { terminate })
    await startHandover(store)
    store.dispose()
    expect([store.network.live, store.state().status]).toEqual([0, 'closed'])
    says(store.old, 'late')
    await advanceTime(1)
    expect(messages(store)).toEqual([])
  })

  it('a second handover goes elsewhere: the first socket stays until that one is ready', async () => {
    const store = await setup()
    const first = await startHandover(store)
    const middle = store.network.last
    const second = await startHandover(store, { url: 'ws://c.example/ws', handover: true })
    expect(middle.closedBy).toEqual({ code: 1000, reason: '' })
    says(store.old, 1)
    await welcome(store)
    expect([first.value, second.value, messages(store), store.state().status]).toEqual(['open', 'open', [1], 'open'])
    expect(store.recorder.of(socketClosed)).toEqual([])
    expect(store.network.last.url).toBe('ws://c.example/ws')
  })

  it('a connect to another address without handover closes the old socket', async () => {
    const store = await setup()
    await startHandover(store)
    void store.dispatch(socketConnect({ url: 'ws://c.example/ws' }))
    await advanceTime(1)
    expect([store.old.closedBy?.code, store.state().status, store.network.live]).toEqual([1000, 'connecting', 1])
    await welcome(store)
    expect(store.state()).toMatchObject({ status: 'open', url: 'ws://c.example/ws' })
  })

  it('a connect without an address joins it', async () => {
    const store = await setup()
    await startHandover(store)
    const joined = store.dispatch(socketConnect())
    await welcome(store)
    expect([await joined, store.network.connections.length, store.recorder.of(socketClosed)]).toEqual(['open', 2, []])
  })

  it('socketReconnect connects to the new address once more, and the old socket stays', async () => {
    const store = await setup()
    await startHandover(store)
    void store.dispatch(socketReconnect())
    await advanceTime(1)
    says(store.old, 1)
    await welcome(store)
    expect([messages(store), store.network.connections.length, store.state().status]).toEqual([[1], 3, 'open'])
  })

  it('a page that enters the back-forward cache closes both sockets, and opens the new address when it is shown', async () => {
    const page = createPage()
    const store = await setup()
    await startHandover(store)
    page.fire('pagehide', { persisted: true })
    await advanceTime(1)
    expect([store.network.live, store.state().status]).toEqual([0, 'reconnecting'])
    page.fire('pageshow', { persisted: true })
    await advanceTime(1)
    await welcome(store)
    expect(store.state()).toMatchObject({ status: 'open', url: 'ws://b.example/ws' })
  })

  it('an old socket that never closes is given up, although another handover ends meanwhile', async () => {
    const store = await setup({}, { halfOpen: true, terminate: true, lateDelivery: true })
    await startHandover(store)
    await welcome(store)
    await advanceTime(600)
    await startHandover(store, { url: 'ws://c.example/ws', handover: true })
    await welcome(store)
    says(store.old, 1)
    await advanceTime(2_000)
    says(store.old, 2)
    expect(messages(store)).toEqual([1])
  })

  it('an old socket whose peer never answers the close frame is given up after closeTimeout', async () => {
    const store = await setup({}, { halfOpen: true, terminate: true, lateDelivery: true })
    await startHandover(store)
    await welcome(store)
    await advanceTime(500 + 2_000)
    says(store.old, 'late')
    expect([store.network.live, messages(store)]).toEqual([1, []])
  })
})

describe('sends that the heartbeat has not proven when the handover starts', () => {
  const options = { heartbeat: { interval: 60_000, timeout: 30_000 } }
  const dropped = (store: TestStore) => store.recorder.of(socketDropped).map(({ payload }) => payload)

  it('have arrived when the old server answers the close frame', async () => {
    const store = await setup(options)
    store.dispatch(socketSend('a', { id: 'a' }))
    await startHandover(store)
    await welcome(store)
    await advanceTime(1_000)
    expect([store.old.receivedRaw, dropped(store)]).toEqual([['ping', '"a"'], []])
  })

  it('are reported as indeterminate when the old socket is cut', async () => {
    const store = await setup(options)
    store.dispatch(socketSend('a', { id: 'a' }))
    await startHandover(store)
    expect(dropped(store)).toEqual([])
    store.old.cut()
    await advanceTime(1)
    expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['a'], count: 1 }])
  })

  it('are reported as indeterminate by dispose', async () => {
    const store = await setup(options)
    store.dispatch(socketSend('a', { id: 'a' }))
    await startHandover(store)
    store.dispose()
    expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['a'], count: 1 }])
  })
})

describe('handover: true without its feature', () => {
  it('fails the connection with missing_feature', async () => {
    const store = setupStore({ create: createSocketMiddleware })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    void store.dispatch(socketConnect(next))
    await advanceTime(1)
    expect(store.state()).toMatchObject({ status: 'failed', error: { code: 'missing_feature' } })
    expect(store.recorder.of(socketFailed)[0]?.payload.message).toMatch(/handover/)
    void store.dispatch(socketConnect({ url: 'ws://b.example/ws' }))
    await advanceTime(1)
    expect(store.state().status).toBe('open')
  })

  inDevelopment(() =>
    it('takes no other value', () => {
      expect(() => socketConnect({ handover: 1 as never })).toThrow(/"handover" to be true/)
    }),
  )
})
