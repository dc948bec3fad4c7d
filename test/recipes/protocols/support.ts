import { configureStore, type Middleware, type UnknownAction } from '@reduxjs/toolkit'
import type { WebSocket } from 'ws'
import { selectSocket, socketConnect, socketReducer, type SocketDispatch } from '../../../src/index.js'
import { startEchoServer, type EchoServerOptions, type ServerConnection } from '../../support/echoServer.js'
import { runFile } from '../pageFiles.js'
import { atTheEnd, until } from '../support.js'

export const page = 'docs/recipes/protocols.md'

/** Runs a file of the page. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what the file exports
export const fileOf = <Exports>(name: string): Exports => runFile(page, name) as Exports

export interface Socket {
  readonly middleware: Middleware<SocketDispatch>
  readonly dispose: () => void
}

/** A store with the socket. It keeps every action but `socketChanged`. */
export const openStore = (socket: Socket) => {
  const log = (actions: readonly UnknownAction[] = [], action: UnknownAction) =>
    action.type.endsWith('/changed') || action.type.startsWith('@@') ? actions : [...actions, action]
  const store = configureStore({
    reducer: { socket: socketReducer, log },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  atTheEnd(socket.dispose)
  const payloadsOf = (type: string): unknown[] =>
    store
      .getState()
      .log.filter((action) => action.type === type)
      .map((action) => action['payload'])
  const state = () => selectSocket(store.getState())
  return {
    store,
    state,
    payloadsOf,
    /** The payloads of the actions of a type, once there are so many. */
    atLeast: async (count: number, type: string): Promise<unknown[]> => {
      await until(store, () => payloadsOf(type).length >= count)
      return payloadsOf(type)
    },
    status: async (wanted: string) => await until(store, () => state().status === wanted),
  }
}

/** A store with the socket, connected. */
export const openApp = async (socket: Socket) => {
  const app = openStore(socket)
  const outcome = await app.store.dispatch(socketConnect())
  return { ...app, outcome }
}

/** A server that does nothing by itself. `onConnection` returns what gets each text or each piece of bytes. */
export const startServer = async (
  onConnection: (socket: WebSocket, connection: ServerConnection, index: number) => (frame: string | Buffer) => void,
  options: EchoServerOptions = {},
) => {
  let count = 0
  const server = await startEchoServer({
    echo: false,
    ...options,
    onConnection: (connection) => {
      const { socket } = connection
      const take = onConnection(socket, connection, count++)
      socket.on('message', (data, isBinary) => take(isBinary ? (data as Buffer) : (data as Buffer).toString()))
    },
  })
  atTheEnd(server.stop)
  return server
}

/** Sends values as JSON. */
export const jsonTo =
  (socket: WebSocket) =>
  (...values: readonly unknown[]): void => {
    for (const value of values) socket.send(JSON.stringify(value))
  }
