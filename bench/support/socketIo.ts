import { configureStore, type Action, type Middleware } from '@reduxjs/toolkit'
import { io } from 'socket.io-client'
import { opens, productionChecks, reducers, type App } from './app.js'

/** A store with a hand-written middleware on `socket.io-client`, connected. */
export const createSocketIo = async (url: string): Promise<App> => {
  const socket = io(url, { transports: ['websocket'] })
  const middleware: Middleware =
    ({ dispatch }) =>
    (next) => {
      socket.on('connect', () => dispatch({ type: 'ws/opened' }))
      socket.on('message', (message: Action) => dispatch(message))
      return (action) => {
        const { type, payload } = action as { type: string; payload: unknown }
        if (type === 'ws/send') socket.emit('message', payload)
        return next(action)
      }
    }
  const connection = (state = { status: 'closed' }, { type }: Action) =>
    type === 'ws/opened' ? { status: 'open' } : state
  const store = configureStore({
    reducer: { socket: connection, posts: reducers.slice },
    middleware: (defaults) => defaults(productionChecks).prepend(middleware),
  })
  await opens(store, () => store.getState().socket.status === 'open')
  return {
    dispatch: store.dispatch,
    messages: () => store.getState().posts.messages,
    subscribe: (listener) => store.subscribe(listener),
  }
}
