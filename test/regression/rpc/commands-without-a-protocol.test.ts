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
import { takePrinted } from '../../support/leaks.js'
import { setupStore } from '../../support/setupStore.js'
import { setupRpcStore, advanceTime, useFakeTime } from '../../unit/rpc/harness.js'

useFakeTime()

// dispatch gave the action back: to await it looked like an answer without data.
describe('a store whose connection speaks no JSON-RPC', () => {
  it.each([socketRequest('a'), socketBatch([socketRequest('a')]), socketNotify('a'), socketSubscribe('news')])(
    'refuses $type, and says what is missing',
    (action) => {
      const store = setupStore()
      const dispatch = () => store.dispatch(action as never)
      expect(dispatch).toThrow(`"${action.type}" needs JSON-RPC, and the connection "default" does not speak it`)
      expect(dispatch).toThrow(expect.objectContaining({ code: 'no_protocol' }))
      expect(store.recorder.types).toEqual([])
    },
  )

  it('lets pass what is of another connection, or of the app’s own', () => {
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
    expect(takePrinted()).toEqual([
      expect.stringContaining('no middleware of that connection carried it out'),
      expect.stringContaining('`meta.run`'),
    ])
  })

  it('refuses the call of a remote function even where there is no middleware at all', () => {
    const store = configureStore({
      reducer: () => null,
      middleware: (defaults) => defaults({ serializableCheck: false }),
    })
    const remote = createRemote<{ a: () => void }>({ overSocket: 'a' })
    expect(() => store.dispatch(remote.a())).toThrow(
      'createRemote: no middleware of that connection carried out the call of "a".',
    )
  })
})

describe('a middleware that is disposed of', () => {
  it.each([false, true])('settles what is asked afterwards (lazy: %j)', async (lazy) => {
    const store = setupRpcStore({ lazy })
    store.socket.dispose()
    const [first, second] = [store.dispatch(socketRequest('a')), store.dispatch(socketRequest('b'))]
    second.abort()
    expect(await Promise.all([first, second])).toMatchObject([{ error: { code: 'closed' } }, { error: {} }])
    expect(store.dispatch(socketNotify('a'))).toMatchObject({ delivery: 'dropped', reason: 'closed' })
    expect(typeof store.dispatch(socketSubscribe('news'))).toBe('string')
    await advanceTime(20_000)
    expect(store.network.connections).toEqual([])
  })
})
