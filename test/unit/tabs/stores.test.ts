import { describe, expect, it } from '@jest/globals'
import { socketClose, socketReconnect, socketSend } from '../../../src/index.js'
import type { Feature } from '../../../src/middleware/feature.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import type { StoreOptions } from '../../support/buildStore.js'
import { openStore } from '../../support/tabs/tabStore.js'
import { ADDRESS, openSocket } from '../../support/tabs/tabSocket.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

useFakeTime({ performance: true })

const setup = async (count: number, options: StoreOptions = {}) => {
  const world = createTabWorld()
  const tabs = Array.from({ length: count }, () => world.open())
  const stores = tabs.map((tab) => openStore(tab, options))
  await advanceTime(50)
  return { ...world, tabs, stores }
}

const heartbeat = { interval: 1_000, timeout: 400 }

describe('stores whose tabs share a socket', () => {
  it('have one connection, and each gets each message once', async () => {
    const { server, stores } = await setup(3)
    server.last.send({ type: 'said', payload: 1 })
    server.last.send({ type: 'said', payload: 2 })
    await advanceTime(50)
    expect(server.connections).toHaveLength(1)
    for (const store of stores) {
      expect(store.state().status).toBe('open')
      expect(store.actionsOf('said').map(({ payload }) => payload)).toEqual([1, 2])
    }
  })

  it('shake hands once on each connection, in the tab that holds it', async () => {
    const { server, stores, tabs } = await setup(3, {
      handshake: async ({ send, receive }) => {
        send({ type: 'login' })
        await receive()
      },
    })
    expect(server.last.received).toEqual([{ type: 'login' }])
    expect(stores.map((store) => store.state().status)).toEqual(['connecting', 'connecting', 'connecting'])
    server.last.send({ ok: true })
    await advanceTime(50)
    expect(stores.map((store) => store.state().status)).toEqual(['open', 'open', 'open'])
    tabs[0]?.emit('pagehide')
    await advanceTime(150)
    expect(server.last.received).toEqual([{ type: 'login' }])
    server.last.send({ ok: true })
    await advanceTime(50)
    expect(stores.slice(1).map((store) => store.state().status)).toEqual(['open', 'open'])
    expect(server.connections).toHaveLength(2)
  })

  it('send one heartbeat for all, and no answer reaches a store', async () => {
    const { server, stores } = await setup(5, { heartbeat, toActions: (payload) => ({ type: 'got', payload }) })
    for (let n = 0; n < 5; n++) {
      server.last.sendRaw('pong')
      await advanceTime(1_000)
    }
    expect(server.last.receivedRaw).toEqual(Array.from({ length: 6 }, () => 'ping'))
    for (const store of stores) expect(store.actionsOf('got', 'socket/error')).toEqual([])
  })

  it('answer a ping of the server once, and no store gets it', async () => {
    const { server, stores } = await setup(3, { toActions: (payload) => ({ type: 'got', payload }) })
    server.last.sendRaw('ping')
    await advanceTime(50)
    expect(server.last.receivedRaw).toEqual(['pong'])
    for (const store of stores) expect(store.actionsOf('got')).toEqual([])
  })

  it('replace a connection whose server does not answer, together', async () => {
    const { server, stores } = await setup(3, { heartbeat })
    server.last.sendRaw('pong')
    const [dead] = server.connections
    await advanceTime(1_700)
    expect(dead?.isOpen).toBe(false)
    expect(server.connections).toHaveLength(2)
    for (const store of stores) expect(store.state().status).toBe('open')
    const missed = stores.map((store) =>
      store.actionsOf('socket/error').map(({ payload }) => (payload as { code: string }).code),
    )
    expect(missed).toEqual([['heartbeat_missed'], [], []])
  })

  it('connect again within 100 ms of a hand-over, whatever the backoff', async () => {
    const { server, stores, tabs } = await setup(3)
    tabs[0]?.crash()
    await advanceTime(130)
    expect(server.connections).toHaveLength(2)
    for (const store of stores.slice(1)) expect(store.state().status).toBe('open')
  })

  it('keep to the backoff when the server cuts the connection', async () => {
    const { server, stores } = await setup(2)
    server.last.cut()
    await advanceTime(1_000)
    expect(stores.map((store) => store.state().status)).toEqual(['reconnecting', 'reconnecting'])
    expect(server.connections).toHaveLength(1)
  })

  it('keep to the backoff when the handshake fails, in every tab', async () => {
    const { server } = await setup(3, {
      handshake: () => {
        throw new Error('no')
      },
    })
    await advanceTime(5_000)
    expect(server.connections.length).toBeLessThanOrEqual(3)
  })

  it('join at once when another tab has connected while they wait for their retry', async () => {
    const { server, stores } = await setup(3)
    server.last.cut()
    await advanceTime(100)
    void stores[1]?.dispatch(socketReconnect())
    await advanceTime(50)
    expect(stores.map((store) => store.state().status)).toEqual(['open', 'open', 'open'])
    expect(server.connections).toHaveLength(2)
  })

  it('hand the connection over when the app of the holder closes it, because the others need its heartbeat', async () => {
    const { server, stores } = await setup(3)
    const closed = stores[0]?.dispatch(socketClose())
    await advanceTime(150)
    await closed
    expect(stores.map((store) => store.state().status)).toEqual(['closed', 'open', 'open'])
    expect(server.live).toBe(1)
    expect(server.connections).toHaveLength(2)
  })

  it('close the connection with the last store', async () => {
    const { server, stores } = await setup(2)
    void stores[1]?.dispatch(socketClose())
    await advanceTime(50)
    void stores[0]?.dispatch(socketClose(4321, 'done'))
    await advanceTime(50)
    expect(server.last.closedBy).toEqual({ code: 4321, reason: 'done' })
    expect(stores.map((store) => store.state().status)).toEqual(['closed', 'closed'])
  })

  it('of one page share it too, and one of them shakes hands', async () => {
    const world = createTabWorld()
    const tab = world.open()
    let count = 0
    const handshake = () => void count++
    const stores = [openStore(tab, { handshake }), openStore(tab, { handshake })]
    await advanceTime(50)
    expect(count).toBe(1)
    expect(stores.map((store) => store.state().status)).toEqual(['open', 'open'])
    void stores[0]?.dispatch(socketClose())
    await advanceTime(150)
    expect(count).toBe(2)
    expect(stores[1]?.state().status).toBe('open')
  })
})

describe('a tab whose attempt takes too long', () => {
  it('gives the real connection up for all tabs, if it is the holder', async () => {
    const world = createTabWorld()
    world.server.mode = 'hold'
    openStore(world.open(), { connectTimeout: 1_000, reconnect: { backoff: () => 100 } })
    await advanceTime(1_500)
    expect(world.server.connections).toHaveLength(2)
    expect(world.server.live).toBe(1)
  })

  it('does not make the other tabs try one after the other', async () => {
    const world = createTabWorld()
    world.server.mode = 'hold'
    openStore(world.open(), { connectTimeout: 1_000 })
    await advanceTime(500)
    const other = openStore(world.open(), { connectTimeout: 1_000 })
    await advanceTime(900)
    expect(other.state()).toMatchObject({ status: 'reconnecting', lastClose: { code: 1006, reason: '' } })
    expect(world.server.connections).toHaveLength(1)
  })

  it('leaves the real connection alone, if it is a follower, and joins once that is ready', async () => {
    const handshake = async ({ receive }: { receive: () => Promise<unknown> }) => void (await receive())
    const world = createTabWorld()
    const holder = openStore(world.open(), { handshake })
    await advanceTime(50)
    const follower = openStore(world.open(), { handshake, connectTimeout: 1_000 })
    await advanceTime(2_000)
    expect(follower.state().status).toBe('reconnecting')
    world.server.last.send('welcome')
    await advanceTime(50)
    expect([holder, follower].map((store) => store.state().status)).toEqual(['open', 'open'])
    expect(world.server.connections).toHaveLength(1)
  })
})

describe('a tab that waits for its retry', () => {
  it('does not join a connection again that it has given up', async () => {
    const world = createTabWorld()
    openStore(world.open())
    await advanceTime(50)
    let count = 0
    const refusing: Feature<never> = {
      options: [],
      order: 50,
      create: () => ({
        resume: async () => {
          count++
          throw await Promise.resolve(new Error('no'))
        },
      }),
    }
    openStore(world.open(), { create: createSocketMiddleware.with(refusing) })
    await advanceTime(50)
    // The holder says that it is there.
    openStore(world.open())
    await advanceTime(5_000)
    expect(count).toBe(1)
  })

  it('listens to the others only while it waits', async () => {
    const { server, stores, tabs } = await setup(2)
    server.last.cut()
    await advanceTime(50)
    expect(tabs.map(({ channels }) => channels)).toEqual([1, 1])
    void stores[1]?.dispatch(socketReconnect())
    await advanceTime(50)
    expect(tabs.map(({ channels }) => channels)).toEqual([1, 1])
    server.last.cut()
    await advanceTime(50)
    void stores[0]?.dispatch(socketClose())
    await advanceTime(50)
    expect(tabs.map(({ channels }) => channels)).toEqual([0, 1])
  })

  it('does not listen while its page is in the back-forward cache', async () => {
    const { stores, tabs } = await setup(2, { connectTimeout: 1_000, reconnect: { backoff: () => 60_000 } })
    tabs[1]?.emit('pagehide')
    await advanceTime(2_000)
    expect(stores[1]?.state().status).toBe('reconnecting')
    expect(tabs[1]?.channels).toBe(0)
  })

  it('gets no notes while its page is frozen, whenever that began', async () => {
    const { open, server, stores, tabs } = await setup(3)
    tabs[0]?.emit('freeze')
    await advanceTime(150)
    tabs[1]?.emit('freeze')
    expect(tabs[1]?.channels).toBe(0)
    await advanceTime(150)
    server.last.cut()
    await advanceTime(50)
    tabs[2]?.emit('freeze')
    const before = tabs.map(({ received }) => received)
    const other = openStore(open())
    await advanceTime(500)
    for (let n = 0; n < 20; n++) server.last.send({ type: 'said', payload: n })
    await advanceTime(50)
    expect(other.state().status).toBe('open')
    expect(tabs.slice(0, 3).map(({ received }) => received)).toEqual(before.slice(0, 3))
    expect(stores.map((store) => store.state().status)).not.toContain('open')
  })
})

describe('what a follower knows of its sends', () => {
  const drops = (store: ReturnType<typeof openStore>) =>
    store.actionsOf('socket/dropped').map(({ payload }) => payload as { reason: string; ids: string[] })

  it('is not what messages of the server show', async () => {
    const { server, stores, tabs } = await setup(2, { heartbeat })
    tabs[0]?.stick()
    stores[1]?.dispatch(socketSend({ text: 'lost' }, { id: 'lost' }))
    await advanceTime(1)
    server.last.send({ type: 'said' })
    server.last.sendRaw('pong')
    await advanceTime(20)
    tabs[0]?.crash()
    await advanceTime(150)
    expect(drops(stores[1]!)).toEqual([{ reason: 'indeterminate', ids: ['lost'], count: 1 }])
  })

  it('is not what a message shows that the server had sent before, with a heartbeat', async () => {
    const { server, stores, tabs } = await setup(2, { heartbeat })
    server.last.sendRaw('pong')
    await advanceTime(50)
    server.last.freeze()
    stores[1]?.dispatch(socketSend({ text: 'lost' }, { id: 'lost' }))
    await advanceTime(20)
    // It was under way when the network froze.
    server.last.socket.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ type: 'said' }) }))
    await advanceTime(20)
    expect(stores[1]?.actionsOf('said')).toHaveLength(1)
    tabs[0]?.crash()
    await advanceTime(150)
    expect(drops(stores[1]!)).toEqual([{ reason: 'indeterminate', ids: ['lost'], count: 1 }])
  })

  it('is not what messages of the server show, without a heartbeat', async () => {
    const { server, stores, tabs } = await setup(2)
    tabs[0]?.stick()
    stores[1]?.dispatch(socketSend({ text: 'lost' }, { id: 'lost' }))
    await advanceTime(1)
    server.last.send({ type: 'said' })
    await advanceTime(20)
    tabs[0]?.crash()
    await advanceTime(150)
    expect(drops(stores[1]!)).toEqual([{ reason: 'indeterminate', ids: ['lost'], count: 1 }])
  })

  it('is what the heartbeat of the holder has proven', async () => {
    const { server, stores, tabs } = await setup(2, { heartbeat })
    server.last.sendRaw('pong')
    stores[1]?.dispatch(socketSend({ text: 'a' }, { id: 'arrived' }))
    await advanceTime(1_000)
    expect(server.last.receivedRaw.filter((text) => text === 'ping')).toHaveLength(2)
    stores[1]?.dispatch(socketSend({ text: 'b' }, { id: 'unknown' }))
    await advanceTime(20)
    server.last.sendRaw('pong')
    await advanceTime(20)
    tabs[0]?.crash()
    await advanceTime(150)
    expect(drops(stores[1]!)).toEqual([{ reason: 'indeterminate', ids: ['unknown'], count: 1 }])
  })

  it.each([
    ['with a heartbeat', { heartbeat }],
    ['without one', {}],
  ])('holds for a second store in the page of the holder: %s', async (_name, options) => {
    const { server, stores, tabs } = await setup(1, options)
    const second = openStore(tabs[0]!, options)
    await advanceTime(50)
    expect(second.state().status).toBe('open')
    server.last.sendRaw('pong')
    second.dispatch(socketSend({ text: 'a' }, { id: 'arrived' }))
    await advanceTime(1_000)
    server.last.sendRaw('pong')
    server.last.send({ type: 'said' })
    await advanceTime(20)
    stores[0]?.dispatch(socketSend({ text: 'b' }, { id: 'of the first' }))
    second.dispatch(socketSend({ text: 'c' }, { id: 'of the second' }))
    await advanceTime(20)
    server.last.cut()
    await advanceTime(20)
    expect(drops(stores[0]!)).toEqual([{ reason: 'indeterminate', ids: ['of the first'], count: 1 }])
    expect(drops(second)).toEqual([{ reason: 'indeterminate', ids: ['of the second'], count: 1 }])
  })

  it('without a heartbeat is what the server got before its last message', async () => {
    const { server, stores, tabs } = await setup(2)
    stores[1]?.dispatch(socketSend({ text: 'a' }, { id: 'arrived' }))
    await advanceTime(20)
    server.last.send({ type: 'said' })
    await advanceTime(20)
    stores[1]?.dispatch(socketSend({ text: 'b' }, { id: 'unknown' }))
    await advanceTime(20)
    tabs[0]?.crash()
    await advanceTime(150)
    expect(drops(stores[1]!)).toEqual([{ reason: 'indeterminate', ids: ['unknown'], count: 1 }])
  })
})

describe('the option session beside a shared socket', () => {
  it('is refused with a code', () => {
    const tab = createTabWorld().open()
    expect(() => openStore(tab, { session: {} })).toThrow(expect.objectContaining({ code: 'session_in_tabs' }))
  })
})

describe('a socket of a page without a store', () => {
  it('is open beside those of stores', async () => {
    const { tabs, server } = await setup(1)
    const socket = openSocket(tabs[0]!, ADDRESS)
    await advanceTime(50)
    expect(socket.events).toEqual(['open'])
    expect(server.connections).toHaveLength(1)
  })
})
