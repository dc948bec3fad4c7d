import { describe, expect, it, jest } from '@jest/globals'
import {
  createSocketActions,
  getSocketSelectors,
  selectIsCongested,
  selectIsLost,
  selectIsOpen,
  selectLastClose,
  selectLatency,
  selectQueued,
  selectRetryAt,
  selectSocket,
  selectSocketError,
  selectSocketStatus,
  socketReducer,
  socketSlice,
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
  reconnecting({ attempt: 1, delay: 5, retryAt: 6, at: 1 }),
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
    const { selectIsLost: _, ...mounted } = getSocketSelectors(
      (root: { live: { sockets: SocketsState } }) => root.live.sockets,
    )
    expect(readAll(mounted, { live: { sockets } }, 'prices')).toEqual(readAll(selectors, state, 'prices'))
  })
})

describe('selectIsLost', () => {
  const lostAt = sockets['prices']?.lostAt ?? 0
  const at = (time: number) => jest.spyOn(Date, 'now').mockReturnValue(time)
  const name = 'prices'

  it.each([
    [2_999, undefined, false],
    [3_000, undefined, true],
    [4_999, 5_000, false],
    [5_000, 5_000, true],
    [0, 0, true],
  ])('after %s ms of downtime, with after: %s, is %s', (downtime, after, isLost) => {
    at(lostAt + downtime)
    expect(selectIsLost(state, { after, name })).toBe(isLost)
    expect(getSocketSelectors(() => sockets).selectIsLost({}, { after, name })).toBe(isLost)
    expect(socketSlice.selectors.selectIsLost(state, { after, name })).toBe(isLost)
  })

  it('is false for a connection that is open, unknown, or in no slice', () => {
    at(1e15)
    expect([selectIsLost(state), selectIsLost(state, { name: 'unknown' }), selectIsLost({} as never)]).toEqual([
      false,
      false,
      false,
    ])
  })

  it('is false for an entry that was stored without lostAt', () => {
    at(1e15)
    const { lostAt: _, ...stored } = sockets['prices']!
    expect(selectIsLost({ socket: { prices: stored as never } }, { name })).toBe(false)
  })
})
