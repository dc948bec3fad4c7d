import { headersFeature } from '../../../src/features/index.js'
import { describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import { createSocketMiddleware, socketConnect, socketFailed } from '../../../src/index.js'
import type { BuiltStore, StoreOptions } from '../../support/buildStore.js'
import { useEchoStore, Ws } from '../../support/echoStore.js'
import { createHeldServer } from '../../support/heldServer.js'

const echo = useEchoStore(createSocketMiddleware.with(headersFeature))
let store: BuiltStore | undefined
const connect = async (options: StoreOptions) => {
  store = echo.build({ reconnect: { backoff: () => 1 }, ...options })
  return await store.dispatch(socketConnect())
}
const sentHeaders = () => echo.server().connections.map(({ request }) => request.headers['x-token'])

describe('headers', () => {
  it('are sent with the upgrade request, beside subprotocols', async () => {
    expect(await connect({ WebSocket: Ws, headers: { 'x-token': 'a' }, protocols: ['chat'] })).toBe('open')
    expect([sentHeaders(), store?.state().protocol]).toEqual([['a'], 'chat'])
  })

  it('of a function are asked for before every attempt', async () => {
    let count = 0
    await connect({ WebSocket: Ws, headers: () => ({ 'x-token': String(++count) }) })
    echo.server().terminate()
    await echo.server().until(({ connections }) => connections.length === 2)
    expect(sentHeaders()).toEqual(['1', '2'])
  })

  it('are sent by a class that extends that of ws', async () => {
    class Extended extends WsWebSocket {}
    await connect({ WebSocket: Extended, headers: { 'x-token': 'a' } })
    expect(sentHeaders()).toEqual(['a'])
  })

  it('fail the connection with no_websocket where the class takes none, as in browsers', async () => {
    const { WebSocket, connections: sockets } = createHeldServer({ mode: 'accept' })
    expect(await connect({ WebSocket, headers: { 'x-token': 'a' } })).toBe('failed')
    expect(store?.recorder.of(socketFailed).map(({ payload }) => payload.code)).toEqual(['no_websocket'])
    expect(sockets).toHaveLength(0)
  })

  it('do not reach the store', async () => {
    await connect({ WebSocket: Ws, headers: { 'x-token': 'secret' } })
    expect(JSON.stringify([store?.recorder.all, store?.state()])).not.toContain('secret')
  })
})
