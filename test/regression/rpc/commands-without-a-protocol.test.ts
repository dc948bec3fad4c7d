import { describe, expect, it } from '@jest/globals'
import { configureStore } from '@reduxjs/toolkit'
import {
  createRemote,
  createRpcActions,
  socketBatch,
  socketNotify,
  socketPush,
  socketRequest,
  socketSubscribe,
} from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createRpcWorld } from '../../unit/rpc/harness.js'
import { setupStore } from '../../support/setupStore.js'

useFakeTime()

// dispatch returned the action: awaiting it looked like a reply without data.
describe('a store whose connection has no JSON-RPC', () => {
  it.each([socketRequest('a'), socketBatch([socketRequest('a')]), socketNotify('a'), socketSubscribe('news')])(
    'throws no_protocol for $type',
    (action) => {
      const store = setupStore()
      const dispatch = () => store.dispatch(action as never)
      expect(dispatch).toThrow(`"${action.type}" is for a protocol, and this connection speaks none`)
      expect(dispatch).toThrow(expect.objectContaining({ code: 'no_protocol' }))
      expect(store.recorder.types).toEqual([])
    },
  )

  it('passes on actions of another connection, and of the app', () => {
    const store = setupStore()
    const other = createRpcActions({ name: 'prices' }).request('a')
    expect(store.dispatch(other as never)).toBe(other)
    const own = { type: 'socket/request' }
    expect(store.dispatch(own)).toBe(own)
    const taken = {
      ...socketPush({ id: null, channel: 'a', data: 1 }),
      meta: { socket: 'default', delivery: 'handled' },
    }
    expect(store.dispatch(taken)).toBe(taken)
  })

  it('throws for the call of a remote function even without a middleware', () => {
    const store = configureStore({ reducer: () => null })
    const remote = createRemote<{ a: () => void }>({ overSocket: 'a' })
    expect(() => store.dispatch(remote.a())).toThrow('createRemote: nobody took the call of "a".')
  })
})

describe('a middleware that is disposed of', () => {
  it.each([false, true])('settles later requests (lazy: %j)', async (lazy) => {
    const store = createRpcWorld({ lazy })
    store.socket.dispose()
    const [first, second] = [store.dispatch(socketRequest('a')), store.dispatch(socketRequest('b'))]
    second.abort()
    expect(await Promise.all([first, second])).toMatchObject([{ error: { code: 'closed' } }, { error: {} }])
    expect(store.dispatch(socketNotify('a'))).toMatchObject({ delivery: 'dropped', reason: 'closed' })
    expect(typeof store.dispatch(socketSubscribe('news'))).toBe('string')
    await advanceTime(20_000)
    expect(store.network.sockets).toEqual([])
  })
})
