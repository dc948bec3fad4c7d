import { configureStore, type Middleware, type Reducer } from '@reduxjs/toolkit'
import { selectSocket, socketReducer } from '../../src/index.js'
import { createSocketMiddleware } from './allFeatures.js'
import { createRecorder, type Recorder } from './recorder.js'

export type SocketOptions = NonNullable<Parameters<typeof createSocketMiddleware>[0]>

export interface StoreOptions extends SocketOptions {
  /** The app's own slices, beside `socket`. */
  reducer?: Record<string, Reducer>
  /** The app's own middleware, after the socket's. */
  middleware?: Middleware[]
}

type SocketState = ReturnType<typeof selectSocket>

const noReducers: Record<string, Reducer> = {}

/**
 * A real store with the socket in it. RTK's default checks are on; only their warning about taking long is off, for a
 * loaded machine would fail tests with it.
 */
export const buildStore = (options: StoreOptions = {}) => {
  const { reducer = noReducers, middleware = [], ...socketOptions } = options
  const recorder: Recorder = createRecorder()
  const socket = createSocketMiddleware(socketOptions)
  const watchers: { holds: (state: SocketState) => boolean; resolve: (state: SocketState) => void }[] = []

  const watch: Middleware = () => (next) => (action) => {
    const result = next(action)
    for (const watcher of watchers.slice()) {
      if (!watcher.holds(state())) continue
      watchers.splice(watchers.indexOf(watcher), 1)
      watcher.resolve(state())
    }
    return result
  }

  const store = configureStore({
    reducer: { ...reducer, socket: socketReducer },
    middleware: (defaults) =>
      defaults({ immutableCheck: { warnAfter: Infinity }, serializableCheck: { warnAfter: Infinity } })
        .prepend(socket.middleware)
        .concat(middleware)
        .concat(recorder.middleware, watch),
  })
  const state = (): SocketState => selectSocket(store.getState())

  return {
    store,
    socket,
    recorder,
    dispatch: store.dispatch,
    /** The state of the default connection. */
    state,
    /** The whole state, for slices of the test's own. */
    app: (): Record<string, unknown> => store.getState(),
    /** Resolves as soon as the socket's state satisfies `holds`; looked at after every action, batched or not. */
    until: async (holds: (state: SocketState) => boolean): Promise<SocketState> =>
      holds(state()) ? state() : await new Promise((resolve) => watchers.push({ holds, resolve })),
    pending: (): string | null => {
      const waits = recorder.pending()
      const unmet =
        watchers.length === 0
          ? null
          : `state never came to ${watchers.map(({ holds }) => String(holds)).join(', ')}; it is ${JSON.stringify(state())}`
      return waits === null && unmet === null ? null : [waits, unmet].filter(Boolean).join('\n')
    },
    [Symbol.dispose]: (): void => socket.dispose(),
  }
}

export type BuiltStore = ReturnType<typeof buildStore>
