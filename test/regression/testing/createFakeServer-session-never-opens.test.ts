import { configureStore } from '@reduxjs/toolkit'
import { afterEach, expect, it } from '@jest/globals'
import { createSocketMiddleware, selectSocket, socketConnect, socketReducer, socketSend } from '../../../src/index.js'
import { selectSession, sessionFeature } from '../../../src/session/index.js'
import { createFakeServer, expectAllClosed } from '../../../src/testing/index.js'

let dispose: () => void

afterEach(() => {
  dispose()
  expectAllClosed()
})

const setupSession = (options: Parameters<typeof createFakeServer>[0] = {}) => {
  const server = createFakeServer(options)
  const socket = createSocketMiddleware.with(sessionFeature)({
    url: 'ws://app.test/',
    WebSocket: server.WebSocket,
    session: {},
  })
  ;({ dispose } = socket)
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  return { server, store }
}

it('createFakeServer opens a store with a session, as a server without sessions does', async () => {
  const { server, store } = setupSession()
  expect(await store.dispatch(socketConnect())).toBe('open')
  expect(server.last.offered).toEqual(['reduplex.session.1', 'json'])
  expect(server.last.socket.protocol).toBe('json')
  expect(selectSession(store.getState())).toBe('none')
  store.dispatch(socketSend({ text: 'hi' }))
  expect(await server.next()).toEqual({ text: 'hi' })
})

it('accept of a connection that waits chooses no session either', async () => {
  const { server, store } = setupSession({ mode: 'hold' })
  const opened = store.dispatch(socketConnect())
  const attempt = await server.nextAttempt()
  attempt.accept()
  expect(await opened).toBe('open')
  expect(selectSocket(store.getState()).status).toBe('open')
  expect(attempt.socket.protocol).toBe('json')
})

it('the option protocol chooses a session, and is given all that is offered', async () => {
  const { server, store } = setupSession({ protocol: ([first = '']) => first })
  const opened = store.dispatch(socketConnect())
  const attempt = await server.nextAttempt()
  await server.accept()
  expect(attempt.socket.protocol).toBe('reduplex.session.1')
  dispose()
  await opened
})
