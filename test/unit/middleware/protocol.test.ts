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
  type ProtocolHost,
} from '../../../src/index.js'
import { cbor } from '../../../src/codec/cbor.js'
import { createWorld, openWorld, passTime, useFakeTime, type World } from './harness.js'
import { createSlowSchema } from './slowSchema.js'

useFakeTime()

/** A protocol whose host can be had. */
const exposed = (make: (host: ProtocolHost) => Protocol = () => ({})) => {
  const hosts: ProtocolHost[] = []
  const protocol = createProtocol((host) => {
    hosts.push(host)
    return make(host)
  })
  return { protocol, host: () => hosts.at(-1)! }
}

const claimAll: Protocol['claims'] = (message) => (message as { mine?: boolean } | null)?.mine === true
const errors = (world: World) => world.recorder.of(socketError).map(({ payload }) => payload)

describe('a protocol', () => {
  it('is opened in its order: handshake, the app’s handshake, resume, queue, opened', async () => {
    const order: string[] = []
    const { protocol } = exposed(() => ({
      handshake: async ({ send, receive, reconnected }) => {
        order.push(`handshake ${String(reconnected)}`)
        await send('init')
        order.push(`told ${String(await receive())}`)
      },
      resume: ({ send, reconnected }) => {
        order.push(`resume ${String(reconnected)}`)
        void send('again')
      },
      onEvent: (type) => {
        if (type === 'opened') order.push('opened')
      },
    }))
    const world = createWorld({
      protocol,
      handshake: ({ send }) => {
        order.push('app')
        send('token')
      },
    })
    void world.dispatch(socketSend('queued'))
    void world.dispatch(socketConnect())
    await passTime(1)
    expect([world.sent(), world.state().status]).toEqual([['"init"'], 'connecting'])
    world.hearJson('ack')
    await passTime(1)
    expect(world.sent()).toEqual(['"init"', '"token"', '"again"', '"queued"'])
    expect(order).toEqual(['handshake false', 'told ack', 'app', 'resume false', 'opened'])
  })

  it('resumes within the same tick where there is nothing to wait for', async () => {
    const { protocol } = exposed(() => ({ resume: ({ send }) => void send('again') }))
    const world = createWorld({ protocol }, { mode: 'manual' })
    void world.dispatch(socketSend('queued'))
    void world.dispatch(socketConnect())
    await passTime(1)
    world.network.last.accept()
    expect([world.state().status, world.sent()]).toEqual(['open', ['"again"', '"queued"']])
  })

  it('keeps its place before the queue though the codec is slow', async () => {
    const codec = {
      encode: async (value: unknown) => {
        await new Promise((resolve) => setTimeout(resolve, value === 'again' ? 20 : 0))
        return String(value)
      },
      decode: String,
    }
    const { protocol } = exposed(() => ({ resume: ({ send }) => void send('again') }))
    const world = createWorld({ protocol, codec })
    void world.dispatch(socketSend('queued'))
    void world.dispatch(socketConnect())
    await passTime(50)
    expect(world.sent()).toEqual(['again', 'queued'])
  })

  it('whose resume cannot be encoded opens all the same', async () => {
    const { protocol } = exposed(() => ({ resume: ({ send }) => void send(1n) }))
    const world = createWorld({ protocol })
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.state().status).toBe('open')
    expect(errors(world)).toMatchObject([{ code: 'callback_failed' }])
  })

  it('offers its subprotocols before the app’s', async () => {
    const { protocol } = exposed(() => ({ subprotocols: ['mine'] }))
    const world = await openWorld({ protocol, protocols: ['yours'] })
    expect(world.network.last.offered).toEqual(['mine', 'yours'])
  })

  it('takes what it claims, past schema and store; the rest is the app’s', async () => {
    const taken: unknown[] = []
    const { protocol } = exposed(() => ({ claims: claimAll, receive: (message) => void taken.push(message) }))
    const refuse = {
      '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
    }
    const world = await openWorld({ protocol, schema: { receive: refuse } })
    const heard: unknown[] = []
    world.dispatch(
      socketListen(
        () => true,
        (message) => heard.push(message),
      ),
    )
    world.hearJson({ mine: true })
    world.hearJson({ yours: true })
    expect([taken, heard]).toEqual([[{ mine: true }], []])
    expect(world.news()).toMatchObject([{ type: 'socket/error', payload: { code: 'invalid_message' } }])
  })

  it('takes messages in their turn, behind those that an async schema holds up', async () => {
    const order: unknown[] = []
    const slow = createSlowSchema()
    const { protocol } = exposed(() => ({ claims: claimAll, receive: () => void order.push('mine') }))
    const world = await openWorld({
      protocol,
      schema: { receive: slow.schema },
      toActions: (message) => void order.push(message),
    })
    world.hearJson('yours')
    world.hearJson({ mine: true })
    expect(order).toEqual([])
    await slow.pass('yours')
    await passTime(1)
    expect(order).toEqual(['yours', 'mine'])
  })

  it('has its commands: by verb, for its connection, once', async () => {
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
    const world = createWorld({ protocol, actions })
    const dispatch = world.dispatch as (action: object) => unknown
    expect(dispatch({ type: 'socket:math/double', payload: 4, meta: { socket: 'math' } })).toBe(8)
    const other = { type: 'socket/double', payload: 4, meta: { socket: 'default' } }
    expect(dispatch(other)).toEqual(other)
    expect(world.recorder.types.slice(0, 2)).toEqual(['socket:math/double', 'after'])
  })

  it('sends past the schema, takes back what waits, and knows what does', async () => {
    const { protocol, host } = exposed()
    const refuse = {
      '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
    }
    const world = createWorld({ protocol, schema: { send: refuse } })
    expect(host().send('a', { id: 'a' })).toEqual({ id: 'a', delivery: 'queued' })
    host().send('b', { id: 'b' })
    expect(host().queuedIds()).toEqual(['a', 'b'])
    expect([host().withdraw('a'), host().withdraw('a'), host().withdraw('x')]).toEqual([true, false, false])
    expect([host().queuedIds(), host().status(), host().name]).toEqual([['b'], 'idle', 'default'])
    await passTime(16)
    expect(world.state().queued).toBe(1)
    void world.dispatch(socketConnect())
    await passTime(1)
    expect([world.sent(), host().withdraw('b'), host().status()]).toEqual([['"b"'], false, 'open'])
    expect(host().getState()).toBe(world.store.getState())
  })

  it('that takes back the first lets those behind it go', async () => {
    const { protocol, host } = exposed()
    const codec = {
      encode: (value: unknown) => (value === 'slow' ? new Promise<string>(() => {}) : String(value)),
      decode: String,
    }
    const world = await openWorld({ protocol, codec })
    host().send('slow', { id: 'slow' })
    host().send('quick')
    expect(world.sent()).toEqual([])
    host().withdraw('slow')
    expect(world.sent()).toEqual(['quick'])
  })

  it('opens a lazy connection, and keeps it open while it expects something', async () => {
    let isBusy = true
    const { protocol, host } = exposed(() => ({ isBusy: () => isBusy }))
    const world = createWorld({ protocol, lazy: true, idleTimeout: 1_000 })
    host().use()
    await passTime(10_000)
    expect(world.state().status).toBe('open')
    isBusy = false
    await passTime(2_001)
    expect(world.state().status).not.toBe('open')
  })

  it('gives the store plain data, batched', async () => {
    const { protocol } = exposed((host) => ({
      claims: claimAll,
      receive: (message, toPlain) => host.deliver({ type: 'mine', payload: toPlain(message), meta: { a: 1 } } as never),
    }))
    const world = await openWorld({ protocol, codec: cbor() })
    world.network.last.receive(cbor().encode({ mine: true, bytes: new Uint8Array(3) }) as Uint8Array)
    expect(world.news()).toEqual([
      {
        type: 'mine',
        payload: { mine: true, bytes: { id: expect.any(String), byteLength: 3, type: '' } },
        meta: { a: 1, RTK_autoBatch: true },
      },
    ])
  })

  it('is disposed of once, after it has heard the end', async () => {
    const heard: string[] = []
    const { protocol } = exposed(() => ({
      onEvent: (type) => void heard.push(type),
      dispose: () => void heard.push('dispose'),
    }))
    const world = await openWorld({ protocol })
    world.socket.dispose()
    expect(heard.filter((type) => type !== 'changed')).toEqual(['connecting', 'opened', 'closed', 'dispose'])
  })
})

describe('a protocol that throws', () => {
  const oops = (): never => {
    throw new Error('oops')
  }
  it('is reported, and breaks nothing', async () => {
    const { protocol } = exposed(() => ({
      commands: { bad: oops },
      claims: oops,
      resume: oops,
      onEvent: (type) => (type === 'opened' ? oops() : undefined),
      dispose: oops,
    }))
    const world = createWorld({ protocol })
    void world.dispatch(socketConnect())
    await passTime(1)
    world.hearJson({ mine: true })
    expect(
      (world.dispatch as (action: object) => unknown)({ type: 'socket/bad', meta: { socket: 'default' } }),
    ).toBeUndefined()
    expect(world.state().status).toBe('open')
    expect(world.recorder.of(socketMessage)).toMatchObject([{ payload: { mine: true } }])
    expect(errors(world).map(({ message }) => message)).toEqual([
      '\"protocol.resume\" threw: oops',
      '"protocol.onEvent" threw: oops',
      '\"protocol.claims\" threw: oops',
      '\"protocol.commands\" threw: oops',
    ])
    world.socket.dispose()
  })

  it('in receive too', async () => {
    const { protocol } = exposed(() => ({ claims: claimAll, receive: oops }))
    const world = await openWorld({ protocol })
    world.hearJson({ mine: true })
    expect(errors(world)).toMatchObject([{ code: 'callback_failed' }])
    expect(world.recorder.count(socketMessage)).toBe(0)
  })

  it('in its handshake is retried, as the app’s is', async () => {
    const { protocol } = exposed(() => ({ handshake: oops }))
    const world = createWorld({ protocol })
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(errors(world)).toMatchObject([{ code: 'handshake_failed', message: 'oops' }])
    expect(world.state().status).toBe('reconnecting')
  })
})
