// An unrelated action passing the middleware, against a middleware that does nothing. Only the slice is in both stores, so that a few nanoseconds
// show.
import {
  applyMiddleware,
  combineReducers,
  legacy_createStore,
  type Action,
  type Middleware,
  type UnknownAction,
} from '@reduxjs/toolkit'
import { createSocketMiddleware, socketConnect, socketReducer, type SocketDispatch } from '../src/index.js'
import { interleave, printTimes } from './support/measure.js'
import { InProcessSocket } from './support/socket.js'

const socket = createSocketMiddleware({ url: 'ws://localhost/ws', WebSocket: InProcessSocket })
const noOp: Middleware = () => (next) => (action) => next(action)

const createStore = (middleware: Middleware) =>
  legacy_createStore(combineReducers({ socket: socketReducer }), applyMiddleware(middleware))

const ours = createStore(socket.middleware)
const theirs = createStore(noOp)
await (ours.dispatch as SocketDispatch)(socketConnect())

/** As an app has them: of many shapes, some with a meta. */
const manyShapes: readonly UnknownAction[] = [
  { type: 'posts/opened' },
  { type: 'posts/updated', payload: { id: 'p' } },
  { type: 'posts/updated', payload: 1, meta: { at: 1 } },
  { type: 'posts/failed', payload: 'no', error: true },
  { type: 'api/pending', meta: { requestId: 'r', arg: 1, requestStatus: 'pending' }, payload: undefined },
  { type: 'api/fulfilled', payload: [], meta: { requestId: 'r', arg: 1, requestStatus: 'fulfilled' } },
  { type: 'api/rejected', error: { message: 'no' }, meta: { requestId: 'r', requestStatus: 'rejected' } },
  { payload: 'first', type: 'legacy/action' },
  { type: 'legacy/action', id: 1 },
  { type: 'legacy/action', id: 1, name: 'n' },
]

const compare = async (what: string, actions: readonly Action[]) => {
  const rounds = await interleave(
    (n) => ours.dispatch(actions[n % actions.length]!),
    (n) => theirs.dispatch(actions[n % actions.length]!),
    { rounds: 600, count: 20_000 },
  )
  printTimes(what, rounds, 'ns', { is: '≤', than: actions.length > 1 ? 10 : 5 })
}

await compare('unrelated action, one shape', manyShapes.slice(1, 2))
await compare('unrelated action, many shapes', manyShapes)
socket.dispose()
