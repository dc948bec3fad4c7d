import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { Server } from 'socket.io'
import type { WebSocket } from 'ws'
import { socketConnect } from '../../../src/index.js'
import {
  selectSubscription,
  socketNotify,
  socketRequest,
  socketSubscribe,
  type ClientMethods,
} from '../../../src/rpc/index.js'
import { atTheEnd, listenOnce, usePage } from '../support.js'
import { fileOf, jsonTo, openApp, openStore, startServer, type Socket } from './support.js'

// What a server asks of the connection itself: to sign in by a request, to send slowly, to beat at an interval that it dictates.

usePage()

/** As Binance does, where the time is a second: more than five messages within half a second end the connection. */
const startFeed = async () =>
  await startServer((socket) => {
    const sentAt: number[] = []
    const send = jsonTo(socket)
    return (frame) => {
      sentAt.push(performance.now())
      if (sentAt.filter((at) => at > performance.now() - 500).length > 5) return socket.close(1008, 'Too many requests')
      const { id, method, params } = JSON.parse(String(frame)) as { id: number; method: string; params: string[] }
      send({ result: null, id })
      if (method === 'SUBSCRIBE') send({ stream: params[0], data: { e: 'trade', p: '1.5' } })
    }
  })

describe('an app that reads a feed like that of Binance', () => {
  it('shares a stream, and paces what goes out', async () => {
    const server = await startFeed()
    const { createFeedSocket } = fileOf<{ createFeedSocket: (url: string) => Socket }>('feed.ts')
    const { atLeast, store, state } = await openApp(createFeedSocket(server.url))
    const streams = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `${name}usdt@trade`)
    for (const stream of [...streams, streams[0]!]) store.dispatch(socketSubscribe(stream))
    const pushes = (await atLeast(9, 'socket/push')) as { channel: string }[]
    expect(new Set(pushes.map(({ channel }) => channel))).toEqual(new Set(streams))
    expect([server.received.length, state().status]).toEqual([8, 'open'])
  })
})

describe('an app that signs in by a request', () => {
  const startSignIn = async () =>
    await startServer((socket) => {
      const send = jsonTo(socket)
      let isKnown = false
      return (frame) => {
        const { id, method, params } = JSON.parse(String(frame)) as {
          id: number
          method: string
          params: { token: string }
        }
        if (method !== 'signIn' && !isKnown) return socket.close(4403, 'Sign in first.')
        isKnown = true
        const isGood = method !== 'signIn' || params.token === 'good'
        const rest = isGood ? { result: method } : { error: { code: 401, message: 'Sign in again.' } }
        send({ jsonrpc: '2.0', id, ...rest })
      }
    })
  const { createSignedInSocket } = fileOf<{ createSignedInSocket: (url: string, readToken: () => string) => Socket }>(
    'signIn.ts',
  )

  it('does so before subscriptions and the queue', async () => {
    const server = await startSignIn()
    const app = openStore(createSignedInSocket(server.url, () => 'good'))
    const id = app.store.dispatch(socketSubscribe('news'))
    const waiting = app.store.dispatch(socketRequest('list'))
    const { store } = app
    void store.dispatch(socketConnect())
    expect(await waiting).toEqual({ data: 'list' })
    expect(server.received.map((frame) => (JSON.parse(String(frame)) as { method: string }).method)).toEqual([
      'signIn',
      'subscribe',
      'list',
    ])
    expect(selectSubscription(store.getState(), id)?.status).toBe('active')
  })

  it('stops with the server’s message', async () => {
    const server = await startSignIn()
    const { outcome, state } = await openApp(createSignedInSocket(server.url, () => 'bad'))
    expect([outcome, state().error?.message]).toEqual(['failed', 'Sign in again.'])
  })
})

const startIo = async () => {
  const http = createServer()
  const io = new Server(http, { pingInterval: 200, pingTimeout: 100, transports: ['websocket'] })
  const state = { disconnects: [] as string[] }
  io.on('connection', (socket) => {
    socket.on('add', (a: number, b: number, done: (sum: number) => void) => done(a + b))
    socket.on('say', (text: string) => io.emit('said', text))
    socket.on('disconnect', (reason) => void state.disconnects.push(reason))
  })
  const port = await listenOnce(http)
  atTheEnd(async () => await io.close())
  return { io, state, url: `ws://127.0.0.1:${port}` }
}

describe('an app that speaks to socket.io', () => {
  it('asks with acknowledgements, and gets events', async () => {
    const { io, url } = await startIo()
    const { createIoSocket } = fileOf<{ createIoSocket: (url: string, methods: ClientMethods) => Socket }>(
      'engineIo.ts',
    )
    const said = ([text]: string[], { dispatch }: { dispatch: (action: { type: string; payload: unknown }) => void }) =>
      dispatch({ type: 'said', payload: text })
    const { atLeast, outcome, store } = await openApp(createIoSocket(url, { said }))
    expect(outcome).toBe('open')
    expect(await store.dispatch(socketRequest('add', [1, 2]))).toEqual({ data: 3 })
    store.dispatch(socketNotify('say', ['hello']))
    expect(await atLeast(1, 'said')).toEqual(['hello'])
    io.emit('said', 'again')
    expect(await atLeast(2, 'said')).toEqual(['hello', 'again'])
  })

  it('answers the pings, at the interval that the server dictates', async () => {
    const { io, state, url } = await startIo()
    const { createIoSocket } = fileOf<{ createIoSocket: (url: string, methods: ClientMethods) => Socket }>(
      'engineIo.ts',
    )
    const { store } = await openApp(createIoSocket(url, {}))
    const [client] = await io.fetchSockets()
    const { conn } = io.sockets.sockets.get(client!.id) as unknown as { conn: { transport: { socket: WebSocket } } }
    // Five pings; without an answer the server would end the connection after the first.
    await new Promise<void>((resolve) => {
      let pongs = 0
      conn.transport.socket.on('message', (data: Buffer) => {
        if (data.toString() === '3' && ++pongs === 3) resolve()
      })
    })
    expect([state.disconnects, store.getState().socket['default']?.status]).toEqual([[], 'open'])
  })
})
