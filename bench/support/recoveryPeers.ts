import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { createSocketMiddleware, socketConnect, socketMessage, socketReducer, socketSend } from '../../src/index.js'
import { createSocketServer, type ServerConnection } from '../../src/server/index.js'
import { sessionFeature } from '../../src/session/index.js'

// A client and its server, as far as a loss of messages is concerned.

/** Both ends of one library. Messages are numbers. */
export interface RecoveryPeer {
  /** The port of the server. */
  readonly port: number
  /** Connects the client through a proxy. */
  readonly connect: (port: number) => Promise<void>
  /** The client sends. */
  readonly send: (n: number) => void
  /** The server sends to the client, or to what it keeps of it. */
  readonly tell: (n: number) => void
  readonly close: () => Promise<void>
}

/** What both ends receive. */
export interface RecoveryListeners {
  readonly onSent: (n: number) => void
  readonly onTold: (n: number) => void
}

const RETRY_MS = 50
const HEARTBEAT_MS = 200

export const startReduplex = async ({ onSent, onTold }: RecoveryListeners): Promise<RecoveryPeer> => {
  const server = createSocketServer({ port: 0, host: '127.0.0.1', rate: false, session: {} })
  await server.ready
  let connection: ServerConnection | undefined
  server.on('add', (added) => {
    connection = added
  })
  server.onMessage('n', (n) => onSent(n as number))
  const record: Middleware = () => (next) => (action) => {
    if (socketMessage.match(action)) onTold((action.payload as { readonly payload: number }).payload)
    return next(action)
  }
  let dispose = () => {}
  let send: RecoveryPeer['send'] = () => {}
  return {
    port: server.port!,
    connect: async (port) => {
      const socket = createSocketMiddleware.with(sessionFeature)({
        url: `ws://127.0.0.1:${port}`,
        WebSocket,
        session: {},
        heartbeat: { interval: HEARTBEAT_MS, timeout: HEARTBEAT_MS },
        connectTimeout: 500,
        reconnect: { backoff: () => RETRY_MS, minUptime: 0 },
      })
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults().prepend(socket.middleware).concat(record),
      })
      ;({ dispose } = socket)
      send = (n) => void store.dispatch(socketSend({ type: 'n', payload: n }))
      await store.dispatch(socketConnect())
    },
    send: (n) => send(n),
    tell: (n) => void connection!.emit('n', n),
    close: async () => {
      dispose()
      await server.close({ within: 500 })
    },
  }
}

/**
 * socket.io with its connection state recovery. A room stands for the client, as its documentation advises: what is sent to a socket that is gone is sent to nobody.
 * `options` are further options of the client.
 */
export const startSocketIo =
  (options: object = {}) =>
  async ({ onSent, onTold }: RecoveryListeners): Promise<RecoveryPeer> => {
    const http = createServer()
    const server = new Server(http, {
      connectionStateRecovery: { maxDisconnectionDuration: 120_000 },
      pingInterval: HEARTBEAT_MS,
      pingTimeout: HEARTBEAT_MS,
      connectTimeout: 500,
    })
    server.on('connection', (socket) => {
      void socket.join('client')
      // With the option `retries` a message has an acknowledgement.
      socket.on('n', (n: number, acknowledge?: () => void) => {
        onSent(n)
        acknowledge?.()
      })
      // Without an event before the cut it has no offset to recover from.
      if (!socket.recovered) server.to('client').emit('hello')
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    let client: ReturnType<typeof io> | undefined
    return {
      port: (http.address() as AddressInfo).port,
      connect: async (port) => {
        client = io(`http://127.0.0.1:${port}`, {
          transports: ['websocket'],
          timeout: 500,
          reconnectionDelay: RETRY_MS,
          reconnectionDelayMax: RETRY_MS,
          ...options,
        })
        client.on('n', (n: number) => onTold(n))
        await new Promise<void>((resolve) => client!.once('hello', resolve))
      },
      send: (n) => void client!.emit('n', n),
      tell: (n) => void server.to('client').emit('n', n),
      close: async () => {
        client?.close()
        await server.close()
      },
    }
  }
