import { describe, expect, it } from '@jest/globals'
import {
  createSocketActions,
  getSocketSelectors,
  selectIsCongested,
  selectIsOpen,
  selectLastClose,
  selectLatency,
  selectQueued,
  selectRetryAt,
  selectSocket,
  selectSocketError,
  selectSocketStatus,
  socketReducer,
  type SocketsState,
} from '../../../src/index.js'

const selectors = {
  selectSocket,
  selectSocketStatus,
  selectIsOpen,
  selectSocketError,
  selectRetryAt,
  selectLastClose,
  selectQueued,
  selectIsCongested,
  selectLatency,
}

const { connecting, closed, reconnecting, error, changed } = createSocketActions('prices')
const close = { code: 1006, reason: '', wasClean: false, at: 1 }
const sockets: SocketsState = [
  { ...createSocketActions().connect(), meta: { socket: 'default', delivery: 'handled' } },
  createSocketActions().opened({ url: 'wss://a.example/', protocol: '', reconnected: false, at: 1 }),
  { ...createSocketActions('prices').connect(), meta: { socket: 'prices', delivery: 'handled' } },
  connecting({ attempt: 0, url: 'wss://p.example/' }),
  error({ code: 'connection_failed', message: 'no' }),
  closed({ ...close, next: 'reconnecting' }),
  reconnecting({ attempt: 1, delay: 5, retryAt: 6 }),
  changed({ queued: 2, congested: true, latency: 40 }),
].reduce<SocketsState>(socketReducer, {})
const state = { socket: sockets }

const readAll = (set: object, root: unknown, name?: string) =>
  Object.fromEntries(
    Object.entries(set).map(([key, select]) => [
      key,
      (select as (root: unknown, name?: string) => unknown)(root, name),
    ]),
  )

describe('the selectors', () => {
  it('read the default connection', () => {
    expect(readAll(selectors, state)).toMatchObject({
      selectSocket: sockets['default'],
      selectSocketStatus: 'open',
      selectIsOpen: true,
      selectSocketError: null,
      selectRetryAt: null,
      selectLastClose: null,
      selectQueued: 0,
      selectIsCongested: false,
      selectLatency: null,
    })
  })

  it('read another connection by its name', () => {
    expect(readAll(selectors, state, 'prices')).toMatchObject({
      selectSocket: sockets['prices'],
      selectSocketStatus: 'reconnecting',
      selectIsOpen: false,
      selectSocketError: { code: 'connection_failed', message: 'no' },
      selectRetryAt: 6,
      selectLastClose: close,
      selectQueued: 2,
      selectIsCongested: true,
      selectLatency: 40,
    })
  })

  it.each([
    ['an unknown connection', state, 'unknown'],
    ['a slice that is not mounted', {}, undefined],
  ])('read %s as idle', (_what, root, name) => {
    expect(readAll(selectors, root, name)).toMatchObject({
      selectSocketStatus: 'idle',
      selectIsOpen: false,
      selectSocketError: null,
      selectRetryAt: null,
      selectLastClose: null,
      selectQueued: 0,
      selectIsCongested: false,
      selectLatency: null,
    })
  })

  it('return the same object each time, so that nothing renders again', () => {
    const none = {} as typeof state
    expect([selectSocket(none) === selectSocket(none), selectSocket(state) === selectSocket(state)]).toEqual([
      true,
      true,
    ])
  })

  it('read another mount point', () => {
    const mounted = getSocketSelectors((root: { live: { sockets: SocketsState } }) => root.live.sockets)
    expect(readAll(mounted, { live: { sockets } }, 'prices')).toEqual(readAll(selectors, state, 'prices'))
  })
})
