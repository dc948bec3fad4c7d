import { describe, expect, it } from '@jest/globals'
import {
  createProtocol,
  createSocketActions,
  socketConnect,
  socketError,
  socketListen,
  socketMessage,
  socketSend,
  type Protocol,
  type ProtocolCommand,
  type ProtocolHost,
} from '../../../src/index.js'
import { cbor } from '../../../src/codec/cbor.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore, type TestStore } from '../../support/setupStore.js'
import { createSlowSchema } from '../../support/slowSchema.js'
import { sentence } from '../../support/mode.js'

useFakeTime()

/** A protocol that exposes its host. */
const exposed = (make: (host: ProtocolHost) => Protocol = () => ({})) => {
  const hosts: ProtocolHost[] = []
  const protocol = createProtocol((host) => {
    hosts.push(host)
    return make(host)
  })
  return { protocol, host: () => hosts.at(-1)! }
}

const claimAll: Protocol['claims'] = (message) => (message as { mine?: boolean } | null)?.mine === true
const errors = (store: TestStore) => store.recorder.of(socketError).map(({ payload }) => payload)

describe('a protocol', () => {
  it('runs in order: handshake, the app’s handshake, resume, queue, opened', async () => {
    const order: string[] = []
    const { protocol } = exposed(() => ({
      handshake: async ({ send, receive, reconnected }) => {
        order.push(`handshake ${String(reconnected)}`)
        await send('init')
        order.push(`receive ${String(await receive())}`)
      },
      resume: ({ send, reconnected }) => {
        order.push(`resume ${String(reconnected)}`)
        void send('again')
      },
      onEvent: (type) => {
        if (type === 'opened') order.push('opened')
      },
    }))
    const store = setupStore({
      protocol,
      handshake: ({ send }) => {
        order.push('app')
        send('token')
      },
    })
    void store.dispatch(socketSend('queued'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect([store.sent(), store.state().status]).toEqual([['"init"'], 'connecting'])
    store.receiveJson('ack')
    await advanceTime(1)
    expect(store.sent()).toEqual(['"init"', '"token"', '"again"', '"queued"'])
    expect(order).toEqual(['handshake false', 'receive ack', 'app', 'resume false', 'opened'])
  })

  it('resumes in the same task when there is nothing to wait for', async () => {
    const { protocol } = exposed(() => ({ resume: ({ send }) => void send('again') }))
    const store = setupStore({ protocol }, { mode: 'hold' })
    void store.dispatch(socketSend('queued'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.network.last.accept()
    expect([store.state().status, store.sent()]).toEqual(['open', ['"again"', '"queued"']])
  })

  it('keeps its place before the queue although the codec is slow', async () => {
    const codec = {
      encode: async (value: unknown) => {
        await new Promise((resolve) => setTimeout(resolve, value === 'again' ? 20 : 0))
        return String(value)
      },
      decode: String,
    }
    const { protocol } = exposed(() => ({ resume: ({ send }) => void send('again') }))
    const store = setupStore({ protocol, codec })
    void store.dispatch(socketSend('queued'))
    void store.dispatch(socketConnect())
    await advanceTime(50)
    expect(store.sent()).toEqual(['again', 'queued'])
  })

  it('opens although its resume cannot be encoded', async () => {
    const { protocol } = exposed(() => ({ resume: ({ send }) => void send(1n) }))
    const store = setupStore({ protocol })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.state().status).toBe('open')
    expect(errors(store)).toMatchObject([{ code: 'callback_failed' }])
  })

  it('offers its subprotocols before the app’s', async () => {
    const { protocol } = exposed(() => ({ subprotocols: ['mine'] }))
    const store = await setupOpenStore({ protocol, protocols: ['yours'] })
    expect(store.network.last.offered).toEqual(['mine', 'yours'])
  })

  it('receives the messages that it claims, past schema and store; the others go to the app', async () => {
    const taken: unknown[] = []
    const { protocol } = exposed(() => ({ claims: claimAll, receive: (message) => void taken.push(message) }))
    const refuse = {
      '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
    }
    const store = await setupOpenStore({ protocol, schema: { receive: refuse } })
    const received: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        (message) => received.push(message),
      ),
    )
    store.receiveJson({ mine: true })
    store.receiveJson({ yours: true })
    expect([taken, received]).toEqual([[{ mine: true }], []])
    expect(store.takeActions()).toMatchObject([{ type: 'socket/error', payload: { code: 'invalid_message' } }])
  })

  it('receives messages in order, behind those that an async schema delays', async () => {
    const order: unknown[] = []
    const slow = createSlowSchema()
    const { protocol } = exposed(() => ({ claims: claimAll, receive: () => void order.push('mine') }))
    const store = await setupOpenStore({
      protocol,
      schema: { receive: slow.schema },
      toActions: (message) => void order.push(message),
    })
    store.receiveJson('yours')
    store.receiveJson({ mine: true })
    expect(order).toEqual([])
    await slow.pass('yours')
    await advanceTime(1)
    expect(order).toEqual(['yours', 'mine'])
  })

  it('carries out its commands, by verb, for its connection, once', async () => {
    const { protocol } = exposed((host) => ({
      commands: {
        double: ({ payload, ...command }, next) => {
          next({ ...command, payload, meta: { ...command.meta, delivery: 'handled' } as { socket: string } })
          host.dispatch({ type: 'after' })
          return Number(payload) * 2
        },
      },
    }))
    const actions = createSocketActions('math')
    const store = setupStore({ protocol, actions })
    const dispatch = store.dispatch as (action: object) => unknown
    expect(dispatch({ type: 'socket:math/double', payload: 4, meta: { socket: 'math' } })).toBe(8)
    const other = { type: 'socket/double', payload: 4, meta: { socket: 'default' } }
    expect(dispatch(other)).toEqual(other)
    expect(store.recorder.types.slice(0, 2)).toEqual(['socket:math/double', 'after'])
  })

  it('sends past the schema, withdraws queued sends, and knows their ids', async () => {
    const { protocol, host } = exposed()
    const refuse = {
      '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
    }
    const store = setupStore({ protocol, schema: { send: refuse } })
    expect(host().send('a', { id: 'a' })).toEqual({ id: 'a', delivery: 'queued' })
    host().send('b', { id: 'b' })
    expect(host().queuedIds()).toEqual(['a', 'b'])
    expect([host().withdraw('a'), host().withdraw('a'), host().withdraw('x')]).toEqual([true, false, false])
    expect([host().queuedIds(), host().status(), host().name]).toEqual([['b'], 'idle', 'default'])
    await advanceTime(16)
    expect(store.state().queued).toBe(1)
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect([store.sent(), host().withdraw('b'), host().status()]).toEqual([['"b"'], false, 'open'])
    expect(host().getState()).toBe(store.store.getState())
  })

  it('that withdraws the first send lets those behind it go out', async () => {
    const { protocol, host } = exposed()
    const codec = {
      encode: (value: unknown) => (value === 'slow' ? new Promise<string>(() => {}) : String(value)),
      decode: String,
    }
    const store = await setupOpenStore({ protocol, codec })
    host().send('slow', { id: 'slow' })
    host().send('quick')
    expect(store.sent()).toEqual([])
    host().withdraw('slow')
    expect(store.sent()).toEqual(['quick'])
  })

  it('opens a lazy connection, and keeps it open while it is busy', async () => {
    let isBusy = true
    const { protocol, host } = exposed(() => ({ isBusy: () => isBusy }))
    const store = setupStore({ protocol, lazy: true, idleTimeout: 1_000 })
    host().use()
    await advanceTime(10_000)
    expect(store.state().status).toBe('open')
    isBusy = false
    await advanceTime(2_001)
    expect(store.state().status).not.toBe('open')
  })

  it('passes plain data to the store, batched', async () => {
    const { protocol } = exposed((host) => ({
      claims: claimAll,
      receive: (message, toPlain) => host.deliver({ type: 'mine', payload: toPlain(message), meta: { a: 1 } } as never),
    }))
    const store = await setupOpenStore({ protocol, codec: cbor() })
    store.network.last.sendRaw(cbor().encode({ mine: true, bytes: new Uint8Array(3) }) as Uint8Array)
    expect(store.takeActions()).toEqual([
      {
        type: 'mine',
        payload: { mine: true, bytes: { id: expect.any(String), byteLength: 3, type: '' } },
        meta: { a: 1, RTK_autoBatch: true },
      },
    ])
  })

  it('is disposed of once, after the last event', async () => {
    const received: string[] = []
    const { protocol } = exposed(() => ({
      onEvent: (type) => void received.push(type),
      dispose: () => void received.push('dispose'),
    }))
    const store = await setupOpenStore({ protocol })
    store.socket.dispose()
    expect(received.filter((type) => type !== 'changed')).toEqual(['connecting', 'opened', 'closed', 'dispose'])
  })
})

describe('a protocol that throws', () => {
  const oops = (): never => {
    throw new Error('oops')
  }
  it('is reported, and the connection continues', async () => {
    const { protocol } = exposed(() => ({
      commands: { bad: oops },
      claims: oops,
      resume: oops,
      onEvent: (type) => (type === 'opened' ? oops() : undefined),
      dispose: oops,
    }))
    const store = setupStore({ protocol })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson({ mine: true })
    expect(
      (store.dispatch as (action: object) => unknown)({ type: 'socket/bad', meta: { socket: 'default' } }),
    ).toBeUndefined()
    expect(store.state().status).toBe('open')
    expect(store.recorder.of(socketMessage)).toMatchObject([{ payload: { mine: true } }])
    expect(errors(store).map(({ message }) => message)).toEqual([
      sentence('"protocol.resume" threw: oops'),
      sentence('"protocol.onEvent" threw: oops'),
      sentence('"protocol.claims" threw: oops'),
      sentence('"protocol.commands" threw: oops'),
    ])
    store.socket.dispose()
  })

  it('in receive is reported too', async () => {
    const { protocol } = exposed(() => ({ claims: claimAll, receive: oops }))
    const store = await setupOpenStore({ protocol })
    store.receiveJson({ mine: true })
    expect(errors(store)).toMatchObject([{ code: 'callback_failed' }])
    expect(store.recorder.count(socketMessage)).toBe(0)
  })

  it('in its handshake is retried, as the app’s handshake is', async () => {
    const { protocol } = exposed(() => ({ handshake: oops }))
    const store = setupStore({ protocol })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(errors(store)).toMatchObject([{ code: 'handshake_failed', message: 'oops' }])
    expect(store.state().status).toBe('reconnecting')
  })
})

describe('a command of a protocol', () => {
  const counter = createProtocol((host) => ({
    commands: {
      add: ({ payload }: ProtocolCommand<number>) => host.name.length + payload,
      bye: () => 'bye',
    },
  }))

  it('is created by its verb, for a connection', () => {
    const add = counter.command('add')
    expect(add(2)).toEqual({ type: 'socket/add', payload: 2, meta: { socket: 'default' } })
    expect([add.type, add.match(add(2)), add.match({ type: 'socket/add' })]).toEqual(['socket/add', true, false])
    expect(counter.command('add', createSocketActions('math'))(2)).toMatchObject({ type: 'socket:math/add' })
  })

  it('returns what its handler returns', () => {
    const store = setupStore({ protocol: counter })
    expect(store.dispatch(counter.command('add')(2))).toBe(9)
    expect(store.dispatch(counter.command('bye')())).toBe('bye')
  })
})
