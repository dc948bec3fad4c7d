import { describe, expect, it } from '@jest/globals'
import { configureStore, createAction, createReducer, Tuple, type Middleware } from '@reduxjs/toolkit'
import {
  createSocketMiddleware as createDefault,
  socketClose,
  socketConnect,
  socketError,
  socketReducer,
  socketSend,
  type CallbackContext,
} from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { disposeAfterTest } from '../../support/leaks.js'
import { sentence } from '../../support/mode.js'
import { setupOpenStore, setupStore, type StoreOptions } from '../../support/setupStore.js'

// The functions for url, params and protocols, the handshake and onOpen get dispatch, getState and extra of the store.

useFakeTime()

type Callback = (context: CallbackContext) => void

const noted = createAction<string>('app/noted')
const notes = createReducer<string[]>([], (builder) => builder.addCase(noted, (all, { payload }) => [...all, payload]))
const extra = { api: 'https://api.example' }

const callbacks: [name: string, options: (callback: Callback) => StoreOptions][] = [
  [
    'url',
    (callback) => ({
      url: (context) => {
        callback(context)
        return 'ws://a.example/ws'
      },
    }),
  ],
  [
    'params',
    (callback) => ({
      params: (context) => {
        callback(context)
        return {}
      },
    }),
  ],
  [
    'protocols',
    (callback) => ({
      protocols: (context) => {
        callback(context)
        return []
      },
    }),
  ],
  ['handshake', (callback) => ({ handshake: callback })],
  ['onOpen', (callback) => ({ onOpen: callback })],
]

describe.each(callbacks)('%s', (_name, toOptions) => {
  it('gets the state and the extra argument of the store’s thunks', async () => {
    const seen: unknown[] = []
    await setupOpenStore({
      ...toOptions((context) => seen.push((context.getState() as { notes: string[] }).notes, context.extra)),
      reducer: { notes: createReducer(['first'], () => {}) },
      extraArgument: extra,
    })
    expect(seen).toEqual([['first'], extra])
  })

  it('may dispatch actions and thunks, and gets what they return', async () => {
    const returned: unknown[] = []
    const store = await setupOpenStore({
      ...toOptions(({ dispatch }) => {
        returned.push(
          dispatch(noted('action')),
          dispatch((inner, getState, argument) => {
            inner(noted('thunk'))
            return [(getState() as { notes: string[] }).notes, argument]
          }),
        )
      }),
      reducer: { notes },
      extraArgument: extra,
    })
    expect(returned).toEqual([noted('action'), [['action', 'thunk'], extra]])
    expect(store.app()['notes']).toEqual(['action', 'thunk'])
  })

  it('may dispatch commands: a close ends the connection', async () => {
    const store = await setupOpenStore(
      toOptions(({ dispatch }) => {
        void dispatch(socketClose())
      }),
    )
    await advanceTime(10)
    expect([store.state().status, store.network.live]).toEqual(['closed', 0])
  })

  it('sees the state as it is at each call', async () => {
    const seen: number[] = []
    const store = await setupOpenStore({
      ...toOptions(({ getState }) => seen.push((getState() as { notes: string[] }).notes.length)),
      reducer: { notes },
      reconnect: { backoff: () => 10 },
    })
    store.dispatch(noted('a'))
    store.network.last.cut()
    await advanceTime(20)
    expect(seen).toEqual([0, 1])
  })
})

describe('a handshake', () => {
  it('may send through dispatch: it goes out after the handshake and the queue', async () => {
    const store = setupStore({
      handshake: ({ dispatch, send }) => {
        dispatch(socketSend('dispatched'))
        send('token')
      },
    })
    store.dispatch(socketSend('queued'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sent()).toEqual(['"token"', '"queued"', '"dispatched"'])
  })
})

describe('in a store without thunks', () => {
  const setup = async (create: typeof createDefault, onOpen: Callback) => {
    const network = createHeldServer({ mode: 'accept' })
    const socket = create({ url: 'ws://a.example/ws', WebSocket: network.WebSocket, onOpen })
    const errors: unknown[] = []
    const record: Middleware = () => (next) => (action) => {
      if (socketError.match(action)) errors.push(action.payload)
      return next(action)
    }
    const store = configureStore({
      reducer: { socket: socketReducer, notes },
      middleware: () => new Tuple(socket.middleware, record),
    })
    disposeAfterTest({ dispose: socket.dispose, live: () => network.live })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    return { store, errors }
  }

  it.each([
    ['the default set', createDefault],
    ['every feature', createSocketMiddleware],
  ])('extra is undefined, and actions are dispatched: %s', async (_what, create) => {
    const seen: unknown[] = []
    const { store, errors } = await setup(create, (context) => {
      seen.push(context.extra, Object.keys(context.getState() as object))
      context.dispatch(noted('a'))
    })
    expect(seen).toEqual([undefined, ['socket', 'notes']])
    expect([store.getState().notes, errors]).toEqual([['a'], []])
  })

  it('a thunk is an error of the callback, and the connection stays open', async () => {
    const { store, errors } = await setup(createDefault, ({ dispatch }) => {
      dispatch(() => {})
    })
    expect(errors).toEqual([
      { code: 'callback_failed', message: sentence(/^"onOpen" threw: Actions must be plain objects/) },
    ])
    expect(store.getState().socket['default']?.status).toBe('open')
  })
})
