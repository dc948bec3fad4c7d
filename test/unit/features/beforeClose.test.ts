import { describe, expect, it } from '@jest/globals'
import {
  createProtocol,
  socketClose,
  socketConnect,
  socketError,
  socketReconnect,
  type ClosingWire,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { sentence } from '../../support/mode.js'
import { createPage } from '../../support/page.js'
import { setupOpenStore, setupStore, type StoreOptions } from '../../support/setupStore.js'

useFakeTime()

const sayBye = ({ send, isFinal }: ClosingWire) => send({ bye: isFinal })
const withBye = (beforeClose = sayBye) => createProtocol(() => ({ beforeClose }))
const setupWithBye = async (options?: StoreOptions) => await setupOpenStore({ protocol: withBye(), ...options })

const byes = ['{"bye":true}']

describe('beforeClose of a protocol', () => {
  it('sends a last message before the close frame of socketClose', async () => {
    const store = await setupWithBye()
    await store.dispatch(socketClose())
    await advanceTime(1)
    // The socket discards what is sent after close().
    expect(store.network.last.closedBy).toEqual({ code: 1000, reason: '' })
    expect(store.sent()).toEqual(byes)
  })

  it('sends it at an idle close', async () => {
    const store = await setupWithBye({ idleTimeout: 1_000 })
    await advanceTime(1_001)
    expect([store.sent(), store.network.last.closedBy?.reason]).toEqual([byes, 'idle'])
  })

  it('sends it at dispose', async () => {
    const store = await setupWithBye()
    store.socket.dispose()
    expect(store.sent()).toEqual(byes)
  })

  it('sends it when the page ends', async () => {
    const page = createPage()
    const store = await setupWithBye()
    page.fire('pagehide', { persisted: false })
    expect(store.sent()).toEqual(byes)
    store.socket.dispose()
    expect(store.sent()).toEqual(byes)
  })

  it.each([
    ['the back-forward cache', () => createPage().fire('pagehide', { persisted: true })],
    ['socketReconnect', undefined],
  ])('says that %s is not final', async (_what, suspend) => {
    const page = createPage()
    const store = await setupWithBye()
    if (suspend) page.fire('pagehide', { persisted: true })
    else void store.dispatch(socketReconnect())
    await advanceTime(1)
    expect(store.network.connections[0]!.receivedRaw).toEqual(['{"bye":false}'])
  })

  it('says that a missed heartbeat is not final', async () => {
    const store = await setupWithBye({ heartbeat: { interval: 1_000, timeout: 500 } })
    await advanceTime(600)
    expect(store.network.connections[0]!.receivedRaw).toEqual(['ping', '{"bye":false}'])
  })

  it('is not called when the peer closes, and for the next socket once', async () => {
    const store = await setupWithBye()
    store.network.last.close(1001)
    await advanceTime(10_000)
    expect([store.sent(), store.state().status]).toEqual([[], 'open'])
    await store.dispatch(socketClose())
    expect(store.sent()).toEqual(byes)
  })

  it('is not called before the connection is ready', async () => {
    const store = setupStore({
      protocol: createProtocol(() => ({ beforeClose: sayBye, handshake: async ({ receive }) => await receive() })),
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    await store.dispatch(socketClose())
    expect(store.sent()).toEqual([])
  })

  it('reports what it throws, and the connection closes', async () => {
    const oops = (): never => {
      throw new Error('oops')
    }
    const store = await setupWithBye({ protocol: withBye(oops) })
    void store.dispatch(socketClose())
    await advanceTime(10)
    expect(store.recorder.of(socketError)).toMatchObject([
      { payload: { code: 'callback_failed', message: sentence('"protocol.beforeClose" threw: oops', 'oops') } },
    ])
    expect(store.state().status).toBe('closed')
  })

  it('reports that a codec which is asynchronous comes too late', async () => {
    const codec = { encode: async () => await Promise.resolve('late'), decode: String }
    const store = await setupWithBye({ codec })
    void store.dispatch(socketClose())
    await advanceTime(10)
    expect(store.sent()).toEqual([])
    expect(store.recorder.of(socketError)).toMatchObject([
      {
        payload: {
          code: 'callback_failed',
          message: sentence('"protocol.beforeClose" threw: Expected a string or bytes, got an object.'),
        },
      },
    ])
  })
})
