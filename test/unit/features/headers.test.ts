import { headersFeature } from '../../../src/features/index.js'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import { createSocketMiddleware, socketConnect, socketFailed, type WebSocketClass } from '../../../src/index.js'
import { buildStore, type BuiltStore, type StoreOptions } from '../../support/buildStore.js'
import { startEchoServer, type EchoServer } from '../../support/echoServer.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'

const create = createSocketMiddleware.with(headersFeature) as never
const Ws = WsWebSocket as unknown as WebSocketClass

let server: EchoServer
let store: BuiltStore | undefined
beforeEach(async () => {
  server = await startEchoServer()
})
afterEach(async () => {
  store?.dispose()
  await server[Symbol.asyncDispose]()
})

const connect = async (options: StoreOptions) => {
  store = buildStore({ create, url: server.url, reconnect: { backoff: () => 1 }, ...options })
  return await store.dispatch(socketConnect())
}
const sentHeaders = () => server.connections.map(({ request }) => request.headers['x-token'])

describe('headers', () => {
  it('are sent with the upgrade request, beside subprotocols', async () => {
    expect(await connect({ WebSocket: Ws, headers: { 'x-token': 'a' }, protocols: ['chat'] })).toBe('open')
    expect([sentHeaders(), store?.state().protocol]).toEqual([['a'], 'chat'])
  })

  it('of a function are asked for before every attempt', async () => {
    let count = 0
    await connect({ WebSocket: Ws, headers: () => ({ 'x-token': String(++count) }) })
    server.terminate()
    await server.until(({ connections }) => connections.length === 2)
    expect(sentHeaders()).toEqual(['1', '2'])
  })

  it('are sent by a class that extends that of ws', async () => {
    class Extended extends WsWebSocket {}
    await connect({ WebSocket: Extended, headers: { 'x-token': 'a' } })
    expect(sentHeaders()).toEqual(['a'])
  })

  it('fail the connection with no_websocket where the class takes none, as in browsers', async () => {
    const { WebSocket, sockets } = createFakeNetwork({ mode: 'accept' })
    expect(await connect({ WebSocket, headers: { 'x-token': 'a' } })).toBe('failed')
    expect(store?.recorder.of(socketFailed).map(({ payload }) => payload.code)).toEqual(['no_websocket'])
    expect(sockets).toHaveLength(0)
  })

  it('do not reach the store', async () => {
    await connect({ WebSocket: Ws, headers: { 'x-token': 'secret' } })
    expect(JSON.stringify([store?.recorder.all, store?.state()])).not.toContain('secret')
  })
})
