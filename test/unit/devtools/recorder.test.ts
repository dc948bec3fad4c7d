import { describe, expect, it } from '@jest/globals'
import { createSocketRecorder, type LogRow, type SocketRecorderOptions } from '../../../src/devtools/index.js'
import {
  createSocketActions,
  createSocketMiddleware,
  handshakeFeature,
  socketClose,
  socketConnect,
  socketSend,
} from '../../../src/index.js'
import { secret, secretFeature } from '../../../src/features/index.js'
import { createRpcActions, jsonRpc, socketReauthenticate } from '../../../src/rpc/index.js'
import { START, advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { takeEarlySendWarnings } from '../../support/leaks.js'
import { openSessionStore, setupSessionStore } from '../../support/session/fakeSessionServer.js'
import { setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

useFakeTime()

const setup = (options: StoreOptions = {}, recorderOptions?: SocketRecorderOptions) => {
  const store = setupStore({ heartbeat: false, ...options })
  const recorder = createSocketRecorder(store.store, recorderOptions)
  const rows = (name = 'default') => recorder.read(name)?.rows ?? []
  return { ...store, recorder, rows }
}

const open = async (store: Pick<TestStore, 'dispatch'>) => {
  void store.dispatch(socketConnect())
  await advanceTime(1)
}

const shown = (rows: readonly LogRow[]) =>
  rows.map(({ kind, title, body, delivery, reason }) =>
    [kind, title || body, delivery, reason].filter(Boolean).join(' '),
  )

describe('the rows of a recorder', () => {
  it('are the commands, the events, and the messages in both directions with their bytes', async () => {
    const { rows, ...store } = setup()
    await open(store)
    store.dispatch(socketSend({ type: 'said', payload: 'grüß' }))
    store.receiveJson({ type: 'answered' })
    void store.dispatch(socketClose(4000, 'lunch'))
    await advanceTime(1)

    expect(shown(rows())).toEqual([
      'event socket/connect',
      'event socket/connecting',
      'event socket/opened',
      'sent {"type":"said","payload":"grüß"} sent',
      'received {"type":"answered"}',
      'event socket/close',
      'event socket/closed',
    ])
    expect(rows().map(({ bytes }) => bytes)).toEqual([null, null, null, 34, 19, null, null])
    expect(rows().map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(
      rows()
        .map(({ severity }) => severity)
        .slice(0, 3),
    ).toEqual(['info', 'info', 'good'])
    expect(rows()[6]).toMatchObject({ severity: 'warning', body: expect.stringContaining('"reason":"lunch"') })
  })

  it('follow a send from the queue to the socket', async () => {
    const { rows, ...store } = setup()
    store.dispatch(socketSend('early', { id: 'a' }))
    expect(shown(rows())).toEqual(['sent "early" queued'])
    await open(store)

    expect(rows()[0]).toMatchObject({ delivery: 'sent', messageId: 'a', severity: 'info' })
    expect(takeEarlySendWarnings()).toHaveLength(__DEV__ ? 1 : 0)
  })

  it('show the value of a send that is dropped at once, and why', async () => {
    const { rows, ...store } = setup({ queue: { maxMessages: 2 } })
    await open(store)
    store.network.last.cut()
    await advanceTime(0)
    for (const value of ['a', 'b', 'c']) store.dispatch(socketSend({ value }))
    store.dispatch(socketSend({ value: 'd' }, { whenOffline: 'drop' }))
    await advanceTime(0)

    expect(shown(rows()).filter((row) => row.startsWith('sent'))).toEqual([
      'sent {"value":"a"} queued',
      'sent {"value":"b"} queued',
      'sent {"value":"c"} dropped overflow',
      'sent {"value":"d"} dropped offline',
    ])
    void store.dispatch(socketClose())
    await advanceTime(1)
    expect(
      shown(rows())
        .filter((row) => row.startsWith('sent'))
        .slice(0, 2),
    ).toEqual(['sent {"value":"a"} dropped closed', 'sent {"value":"b"} dropped closed'])
    expect(
      rows()
        .filter(({ delivery }) => delivery === 'dropped')
        .every(({ severity }) => severity === 'error'),
    ).toBe(true)
  })

  it('count bytes of binary messages, whose content is not recorded', async () => {
    const { rows, ...store } = setup({ binary: {} })
    await open(store)
    store.dispatch(socketSend(new Uint8Array(3)))
    store.network.last.sendRaw(new Uint8Array(5).buffer)

    expect(
      rows()
        .slice(-2)
        .map(({ body, bytes }) => [body, bytes]),
    ).toEqual([
      ['(3 bytes)', 3],
      ['(5 bytes)', 5],
    ])
  })
})

describe('the traffic of a recorder', () => {
  it('is counted by second, with drops, the queue and the latency', async () => {
    const { recorder, ...store } = setup({
      heartbeat: { interval: 1_500, timeout: 5_000, message: 'hb', reply: 'hb' },
      queue: { maxMessages: 1 },
    })
    await open(store)
    store.receiveJson(1)
    store.receiveJson(22)
    await advanceTime(1_000)
    store.dispatch(socketSend('abc'))
    await advanceTime(600)
    await advanceTime(20)
    store.network.last.sendRaw('hb')
    await advanceTime(1_000)
    store.network.last.cut()
    await advanceTime(0)
    store.dispatch(socketSend(1))
    store.dispatch(socketSend(2))
    await advanceTime(16)

    const { seconds } = recorder.read('default')!
    expect(seconds.map(({ at }) => at - START)).toEqual([0, 1_000, 2_000])
    expect(seconds[0]).toMatchObject({ received: 2, receivedBytes: 3, sent: 0 })
    expect(seconds[1]).toMatchObject({ sent: 1, sentBytes: 5, received: 0, latency: expect.any(Number) })
    // The send that may not have arrived, and the one that found the queue full.
    expect(seconds[2]).toMatchObject({ dropped: expect.any(Number), queued: 1 })
    void store.dispatch(socketClose())
    await advanceTime(1)
  })

  it('has phases and marks for attempts, closes and errors', async () => {
    const { recorder, ...store } = setup()
    await open(store)
    store.network.last.close(1012, 'deploy')
    await advanceTime(0)
    await advanceTime(60_000)
    store.receive('{')
    void store.dispatch(socketClose())
    await advanceTime(1)

    const { phases, marks } = recorder.read('default')!
    expect(phases.map(({ phase }) => phase)).toEqual([
      'idle',
      'connecting',
      'open',
      'reconnecting',
      'connecting',
      'open',
      'closing',
      'closed',
    ])
    expect(marks.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
      'attempt 0',
      'close 1012',
      'attempt 1',
      'error invalid_frame',
      'close 1000',
    ])
  })

  it('has the changes of the state', async () => {
    const { recorder, ...store } = setup()
    await open(store)
    const { changes, state } = recorder.read('default')!

    expect(changes[0]).toMatchObject({ before: {}, after: { status: 'connecting' } })
    expect(changes.at(-1)).toMatchObject({
      before: { status: 'connecting', openedAt: null },
      after: { status: 'open' },
    })
    expect(changes.at(-1)!.after).not.toHaveProperty('error')
    expect(state).toBe(store.state())
    for (let times = 0; times < 2; times++) store.receive('{')
    expect(recorder.read('default')!.changes.slice(changes.length)).toMatchObject([
      { before: { error: null }, after: { error: { code: 'invalid_frame' } } },
    ])
    void store.dispatch(socketClose())
    await advanceTime(1)
  })
})

describe('a recorder', () => {
  it('records every named connection from its first action on, without any setup of the store', async () => {
    const prices = createSocketActions('prices')
    const { network, ...first } = setupStore({})
    const create = createSocketMiddleware({ actions: prices, url: 'ws://b.example/ws', WebSocket: network.WebSocket })
    first.socket.dispose()
    const store = setupStore({ connections: [create] })
    const recorder = createSocketRecorder(store.store)
    expect(recorder.names()).toEqual(['default'])
    void store.dispatch(prices.connect())
    await advanceTime(1)
    store.dispatch(prices.send(1))

    expect(recorder.names()).toEqual(['default', 'prices'])
    expect(shown(recorder.read('prices')!.rows)).toEqual([
      'event socket:prices/connecting',
      'event socket:prices/opened',
      'sent 1 sent',
    ])
    expect(recorder.read('default')!.rows).toEqual([])
    void store.dispatch(prices.close())
    await advanceTime(1)
  })

  it('records requests and replies of JSON-RPC', async () => {
    const rpc = createRpcActions(createSocketActions())
    const { rows, ...store } = setup({ protocol: jsonRpc() })
    await open(store)
    const reply = store.dispatch(rpc.request('add', [2, 3]))
    const { id } = JSON.parse(String(store.sent().at(-1))) as { readonly id: unknown }
    store.receiveJson({ jsonrpc: '2.0', id, result: 5 })
    await reply

    expect(
      rows()
        .slice(-2)
        .map(({ kind, body }) => [kind, body]),
    ).toEqual([
      ['sent', expect.stringContaining('"method":"add"')],
      ['received', expect.stringContaining('"result":5')],
    ])
  })

  it('ignores names that no middleware has, and prints nothing', () => {
    const store = setupStore({ preloadedState: { socket: { gone: { status: 'open' } } } })
    const recorder = createSocketRecorder(store.store, { connections: ['missing'] })
    expect(recorder.names()).toEqual([])
  })

  it('reads a slice that is mounted elsewhere', async () => {
    const { recorder, ...store } = setup({}, { selectSockets: () => undefined })
    await open(store)
    expect(recorder.read('default')).toMatchObject({ state: null })
    expect(recorder.read('default')!.rows).toHaveLength(3)
  })

  it('records nothing after stop, keeps what it has, and leaves no timer', async () => {
    const { recorder, rows, ...store } = setup()
    await open(store)
    recorder.subscribe(() => {})
    store.receiveJson(1)
    recorder.stop()
    store.receiveJson(2)
    store.dispatch(socketSend(3))

    expect(rows()).toHaveLength(4)
  })

  it('notifies at most five times a second', async () => {
    const { recorder, ...store } = setup()
    await open(store)
    let calls = 0
    const unsubscribe = recorder.subscribe(() => void calls++)
    const before = recorder.version()
    for (let n = 0; n < 1_000; n++) store.receiveJson(n)
    expect(calls).toBe(0)
    await advanceTime(200)
    expect(calls).toBe(1)
    expect(recorder.version()).toBeGreaterThan(before)
    await advanceTime(1_000)
    expect(calls).toBe(1)
    unsubscribe()
  })

  it('clears one connection, and keeps its phase', async () => {
    const { recorder, rows, ...store } = setup()
    await open(store)
    store.receiveJson(1)
    recorder.clear('default')

    expect(rows()).toEqual([])
    expect(recorder.read('default')).toMatchObject({ total: 4, seconds: [], marks: [], phases: [{ phase: 'open' }] })
    store.receiveJson(2)
    expect(rows()).toMatchObject([{ id: 4, body: '2' }])
  })

  it('keeps a bounded number of rows and seconds', async () => {
    const { recorder, ...store } = setup()
    await open(store)
    for (let n = 0; n < 12_000; n++) store.receiveJson(n)
    for (let second = 0; second < 700; second++) {
      await advanceTime(1_000)
      store.receiveJson('x')
    }
    const { rows, seconds, total } = recorder.read('default')!

    expect(rows).toHaveLength(10_000)
    expect(total).toBe(12_703)
    expect(rows.at(-1)!.id).toBe(12_702)
    expect(seconds).toHaveLength(600)
  })
})

describe('the recording of a connection with a session', () => {
  it('shows which sends the server has acknowledged, in their rows', async () => {
    const store = await openSessionStore()
    const recorder = createSocketRecorder(store.store)
    const sent = () => recorder.read('default')!.rows.filter(({ kind }) => kind === 'sent')
    for (const id of ['a', 'b', 'c']) store.dispatch(socketSend(id, { id }))
    await advanceTime()
    store.server.acknowledge(2)
    await advanceTime(16)
    expect(shown(sent())).toEqual(['sent "a" acknowledged', 'sent "b" acknowledged', 'sent "c" sent'])

    store.server.forget()
    await store.cut()
    await store.retry()
    expect(shown(sent()).at(-1)).toBe('sent "c" dropped indeterminate')
  })

  it('has no control frames of the session, and counts none as a message', async () => {
    const store = setupSessionStore()
    const recorder = createSocketRecorder(store.store)
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.dispatch(socketSend('out'))
    store.server.push({ n: 1 })
    store.server.acknowledge()
    await advanceTime(300)
    const { seconds, rows } = recorder.read('default')!
    expect(rows.filter(({ kind }) => kind !== 'event').map(({ kind, body }) => [kind, body])).toEqual([
      ['sent', '"out"'],
      ['received', '{"n":1}'],
    ])
    expect(seconds.reduce((sum, { sent, received }) => sum + sent + received, 0)).toBe(2)
    expect(store.server.acks.length).toBeGreaterThan(1)
    expect(JSON.stringify(recorder.save())).not.toContain(store.server.session!.key)
  })
})

describe('secrets', () => {
  const KEY = 's3cr3t-value'

  it('of addresses, subprotocols, handshakes and messages are in no recording', async () => {
    const { recorder, ...store } = setup({
      create: createSocketMiddleware.with(handshakeFeature, secretFeature),
      url: `ws://a.example/ws?token=${KEY}`,
      protocols: ['v1', secret(KEY)],
      handshake: async ({ send, receive }) => {
        send({ type: 'auth', key: KEY })
        await receive()
      },
    })
    void store.dispatch(socketConnect({ params: { ticket: KEY } }))
    await advanceTime(1)
    store.receiveJson({ welcome: KEY })
    await advanceTime(1)
    store.dispatch(socketSend({ type: 'login', payload: { name: 'ada', password: KEY, deep: [{ accessToken: KEY }] } }))
    store.receiveJson({ session_key: KEY, visible: 'yes' })
    // Half a message: nothing says where the secret ends.
    store.receive(`{"token":"${KEY}`)
    store.dispatch(socketSend({ token: KEY }, { whenOffline: 'drop', id: 'x' }))
    void store.dispatch(socketClose())
    await advanceTime(1)
    store.dispatch(socketSend({ apiKey: KEY }))

    const text = JSON.stringify(recorder.save())
    expect(text).toContain('"name\\":\\"ada\\"')
    expect(text).toContain('visible')
    expect(text).not.toContain(KEY)
  })

  it('of an app are replaced by the names that it gives', async () => {
    const { rows, ...store } = setup({}, { secretNames: /^iban$/g })
    await open(store)
    store.receiveJson({ iban: KEY, token: 'shown' })
    store.receiveJson({ iban: KEY })

    expect(
      rows()
        .slice(-2)
        .map(({ body }) => body),
    ).toEqual(['{"iban":"…","token":"shown"}', '{"iban":"…"}'])
  })

  it('of socketReauthenticate are hidden, whatever their names are', async () => {
    const { rows, recorder, ...store } = setup({ protocol: jsonRpc() }, { secretNames: /^iban$/ })
    await open(store)
    void store.dispatch(socketReauthenticate({ ticket: KEY }) as never)
    void store.dispatch(socketReauthenticate(KEY) as never)
    await advanceTime(1)

    expect(store.sent().join()).toContain(KEY)
    const bodies = rows().flatMap(({ kind, body }) => (kind === 'sent' ? body : []))
    expect(bodies).toHaveLength(2)
    for (const body of bodies) expect(JSON.parse(body)).toMatchObject({ method: '$/authenticate', params: '…' })
    expect(JSON.stringify(recorder.save())).not.toContain(KEY)
  })

  it('are not in the control frames of a session', async () => {
    const { rows, ...store } = setup({ respondToPing: false })
    await open(store)
    store.receive(`$${JSON.stringify({ is: 'ack', received: 1, key: KEY })}`)
    expect(rows().find(({ kind }) => kind === 'received')!.body).toBe('(session: ack)')
  })
})
