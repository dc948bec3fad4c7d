import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp, type App } from './app.js'

// A server and a store of the packed library in one process of Node: `npm run test:node` runs this on each version that is supported.

let app: App
beforeAll(() => {
  app = createApp(['ws', '@reduxjs/toolkit', 'immer', 'redux', 'redux-thunk', 'reselect'])
})
afterAll(() => app.remove())

/** Sends a message, a request and a streaming request in a session. The WebSocket is that of Node where it has one. */
const program = `
  const server = createSocketServer({ port: 0, host: '127.0.0.1', session: {} })
  server.onMessage('chat/said', (payload, sender) => void sender.emit('chat/received', payload))
  server.methods({
    add: ([a, b]) => a + b,
    async *count({ to }) {
      for (let n = 1; n <= to; n++) yield n
      return 'done'
    },
  })
  const run = async () => {
    await server.ready
    const echoed = createAction('chat/received')
    const socket = createSocketMiddleware.with(sessionFeature)({
      url: 'ws://127.0.0.1:' + server.port,
      WebSocket: globalThis.WebSocket ?? WebSocket,
      protocol: jsonRpc(),
      session: {},
      accept: [echoed],
    })
    let arrived
    const arrival = new Promise((resolve) => (arrived = resolve))
    const store = configureStore({
      reducer: { socket: socketReducer, chat: (state = null, action) => (echoed.match(action) ? action.payload : state) },
      middleware: (defaults) => defaults().prepend(socket.middleware),
    })
    store.subscribe(() => store.getState().chat !== null && arrived())
    const status = await store.dispatch(socketConnect())
    store.dispatch(socketSend({ type: 'chat/said', payload: 'hello' }))
    await arrival
    const sum = await store.dispatch(socketRequest('add', [1, 2]))
    const answer = store.dispatch(socketRequestStream('count', { to: 3 }))
    const numbers = []
    for await (const number of answer) numbers.push(number)
    const { data } = await answer.result
    const { chat } = store.getState()
    const session = selectSession(store.getState())
    const closed = await store.dispatch(socketClose())
    socket.dispose()
    await server.close()
    console.log(JSON.stringify({ status, session, chat, sum, numbers, data, closed }))
  }
  run()`

const imports: readonly (readonly [names: string, from: string])[] = [
  ['configureStore, createAction', '@reduxjs/toolkit'],
  ['createSocketMiddleware, socketClose, socketConnect, socketReducer, socketSend', 'reduplex'],
  ['jsonRpc, socketRequest, socketRequestStream', 'reduplex/rpc'],
  ['selectSession, sessionFeature', 'reduplex/session'],
  ['createSocketServer', 'reduplex/server'],
  ['WebSocket', 'ws'],
]

describe(`the packed library on Node ${process.versions.node}`, () => {
  it.each(['module', 'commonjs'] as const)('serves a store in a session, and ends: %s', (type) => {
    const lines = imports.map(([names, from]) =>
      type === 'module' ? `import { ${names} } from '${from}'` : `const { ${names} } = require('${from}')`,
    )
    expect(app.run(`${lines.join('\n')}\n${program}`, type)).toEqual({
      status: 'open',
      session: 'new',
      chat: 'hello',
      sum: { data: 3 },
      numbers: [1, 2, 3],
      data: 'done',
      closed: 'closed',
    })
  })
})
