import { afterEach, beforeEach } from '@jest/globals'
import { WebSocket } from 'ws'
import type { WebSocketClass } from '../../src/index.js'
import { buildStore, type BuiltStore, type StoreOptions } from './buildStore.js'
import { startEchoServer, type EchoServer } from './echoServer.js'

/** The WebSocket class of ws, as the option `WebSocket` takes it. */
export const Ws = WebSocket as unknown as WebSocketClass

/** An echo server for each test of a file, and the store that the test builds on it. Both end with the test. */
export const useEchoStore = (create: StoreOptions['create']) => {
  let server: EchoServer
  let store: BuiltStore | undefined
  beforeEach(async () => {
    server = await startEchoServer()
  })
  afterEach(async () => {
    store?.dispose()
    store = undefined
    await server[Symbol.asyncDispose]()
  })
  return {
    server: (): EchoServer => server,
    /** Builds a store on the server of this test; the store before it is disposed of. */
    build: (options: StoreOptions): BuiltStore => {
      store?.dispose()
      store = buildStore({ ...(create && { create }), url: server.url, ...options })
      return store
    },
  }
}
