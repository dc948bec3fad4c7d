import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import { httpStatusFeature } from '../../../src/features/index.js'
import {
  createSocketMiddleware,
  socketConnect,
  type ClosedContext,
  type ProviderContext,
  type WebSocketClass,
} from '../../../src/index.js'
import { buildStore, type BuiltStore, type StoreOptions } from '../../support/buildStore.js'

const create = createSocketMiddleware.with(httpStatusFeature) as never
const Ws = WsWebSocket as unknown as WebSocketClass

let server: Server
let store: BuiltStore | undefined
let statuses: number[]
beforeEach(async () => {
  statuses = []
  server = createServer().on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 ${statuses.shift() ?? 500} Refused\r\nContent-Length: 0\r\n\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  store?.dispose()
  await new Promise((resolve) => server.close(resolve))
})

const connect = async (options: StoreOptions) => {
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  store = buildStore({ create, url, WebSocket: Ws, ...options })
  void store.dispatch(socketConnect())
  await store.until(({ status }) => status === 'failed')
}

describe('httpStatusFeature', () => {
  it('passes the status of each refused upgrade to shouldReconnect', async () => {
    statuses = [503, 404]
    const seen: (number | undefined)[] = []
    const shouldReconnect = ({ httpStatus }: ClosedContext) => {
      seen.push(httpStatus)
      return httpStatus === 404 ? false : { delay: 1 }
    }
    await connect({ reconnect: { shouldReconnect } })
    expect(seen).toEqual([503, 404])
  })

  it('asks the functions once for fresh credentials after 401, and stops at the second', async () => {
    statuses = [401, 401]
    const reasons: string[] = []
    const params = ({ reason }: ProviderContext) => {
      reasons.push(reason)
      return { token: String(reasons.length) }
    }
    await connect({ params, reconnect: { backoff: () => 1 } })
    expect(reasons).toEqual(['connect', 'refresh'])
    expect(store?.state().error?.code).toBe('stopped')
  })

  it('leaves the decision to shouldReconnect where that decides', async () => {
    statuses = [401, 401, 403]
    let count = 0
    const shouldReconnect = ({ httpStatus }: ClosedContext) => {
      count++
      return httpStatus === 403 ? false : { delay: 1 }
    }
    await connect({ reconnect: { shouldReconnect } })
    expect(count).toBe(3)
  })

  it('gives no status for an attempt that ends otherwise', async () => {
    server.removeAllListeners('upgrade').on('upgrade', (_request, socket) => socket.destroy())
    const seen: ClosedContext[] = []
    const shouldReconnect = (closed: ClosedContext) => {
      seen.push(closed)
      return false
    }
    await connect({ reconnect: { shouldReconnect } })
    expect(seen.map((closed) => 'httpStatus' in closed)).toEqual([false])
  })
})
