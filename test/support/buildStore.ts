import { configureStore, type Middleware, type Reducer } from '@reduxjs/toolkit'
import {
  getSocketSelectors,
  socketReducer,
  type SocketMiddlewareInstance,
  type SocketsState,
  type SocketState,
  type WithSockets,
} from '../../src/index.js'
import { createSocketMiddleware } from './allFeatures.js'
import { createRecorder, type Recorder } from './recorder.js'

export type SocketOptions = NonNullable<Parameters<typeof createSocketMiddleware>[0]>

export interface StoreOptions extends Omit<SocketOptions, 'WebSocket'> {
  /** `undefined` leaves it to the runtime. */
  WebSocket?: SocketOptions['WebSocket'] | undefined
  /** The app's own slices. */
  reducer?: Record<string, Reducer>
  /** The app's own middleware, after the socket's. */
  middleware?: Middleware[]
  /** Further connections of the same store. */
  connections?: readonly Pick<SocketMiddlewareInstance, 'middleware' | 'dispose'>[]
  /** Creates the socket's middleware, with fewer features. @default with every feature */
  create?: (options: never) => SocketMiddlewareInstance
  preloadedState?: object
  /** In place of the slices. @default the app's own slices, and the socket's under the key `socket` */
  rootReducer?: Reducer
  /** Where the socket's slice is in the state of `rootReducer`. @default under the key `socket` */
  selectSockets?: (state: never) => SocketsState | undefined
  /** The extra argument of the store's thunks. */
  extraArgument?: unknown
}

type CreateAll = (options: SocketOptions) => ReturnType<typeof createSocketMiddleware>

/** Redux Toolkit's default checks are on; only their warning about taking long is off, because a loaded machine would fail tests with it. */
const checks = { immutableCheck: { warnAfter: Infinity }, serializableCheck: { warnAfter: Infinity } }

/** Several middlewares as one: in a list of unknown length their types are lost. */
const combined =
  (middlewares: readonly Middleware[]): Middleware =>
  (api) => {
    const chain = middlewares.map((middleware) => middleware(api))
    return (next) => chain.reduceRight((inner, handle) => handle(inner), next)
  }

const noReducers: Record<string, Reducer> = {}

const socketsOf = (state: Partial<WithSockets>): SocketsState | undefined => state.socket

/** The recorder, and promises that resolve when the state satisfies a condition. */
const createWatcher = (state: () => SocketState) => {
  const recorder: Recorder = createRecorder()
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
  const unmet = () => {
    if (watchers.length === 0) return null
    const conditions = watchers.map(({ holds }) => String(holds)).join(', ')
    return `the state never satisfied ${conditions}; it is ${JSON.stringify(state())}`
  }
  return {
    recorder,
    watch,
    until: async (holds: (state: SocketState) => boolean): Promise<SocketState> =>
      holds(state()) ? state() : await new Promise((resolve) => watchers.push({ holds, resolve })),
    pending: (): string | null => [recorder.pending(), unmet()].filter(Boolean).join('\n') || null,
  }
}

/** A real store with the socket middleware. It needs no Jest: pages and programs use it too. */
export const buildStore = (options: StoreOptions = {}) => {
  const { reducer = noReducers, rootReducer, selectSockets = socketsOf, middleware = [], ...rest } = options
  const { connections = [], create = createSocketMiddleware, preloadedState, extraArgument, ...socketOptions } = rest
  const socket = (create as CreateAll)(socketOptions as SocketOptions)
  const { selectSocket } = getSocketSelectors((root: object) => selectSockets(root as never))
  const state = (name?: string): SocketState => selectSocket(store.getState(), name)
  const { recorder, watch, until, pending } = createWatcher(state)
  const further = combined(connections.map((connection) => connection.middleware as Middleware))
  const store = configureStore({
    reducer: (rootReducer ?? { ...reducer, socket: socketReducer }) as { socket: typeof socketReducer },
    middleware: (defaults) =>
      defaults({ ...checks, thunk: { extraArgument } })
        .prepend(socket.middleware, further)
        .concat(middleware)
        .concat(recorder.middleware, watch),
    // Typed, it would change the type of the store.
    ...({ preloadedState } as object),
  })
  const dispose = (): void => {
    socket.dispose()
    for (const connection of connections) connection.dispose()
  }
  return {
    store,
    socket,
    recorder,
    dispatch: store.dispatch,
    /** The state of a connection, by default of the default one. */
    state,
    /** The whole state, for slices of the test's own. */
    app: (): Record<string, unknown> => store.getState(),
    /** Resolves as soon as the socket's state satisfies `holds`, which is asked after every action, batched or not. */
    until,
    /** What is still waited for; `null` when nothing is. */
    pending,
    dispose,
    [Symbol.dispose]: dispose,
  }
}

export type BuiltStore = ReturnType<typeof buildStore>
