import { createServer, type Server } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import type { Action, Dispatch, EnhancedStore } from '@reduxjs/toolkit'
import {
  selectSocket,
  socketConnect,
  socketSend,
  type SocketActions,
  type SocketDispatch,
  type SocketsState,
} from '../../src/index.js'
import type { SocketServer } from '../../src/server/index.js'
import { startEchoServer } from '../support/echoServer.js'
import { runFile } from './pageFiles.js'
import { atTheEnd, listenOnce, until, usePage } from './support.js'

interface Session {
  readonly token: string
  readonly expiresAt: number
}
interface AppState {
  readonly socket: SocketsState
  readonly session: Session | null
}
interface App {
  readonly store: Omit<EnhancedStore<AppState>, 'dispatch'> & { readonly dispatch: SocketDispatch & Dispatch }
  readonly dispose: () => void
}
interface Page {
  readonly createAppStore: (api: string) => App
  readonly createHandshakeStore: (url: string) => App
  readonly createSharedStore: (api: string) => App
  readonly connections: readonly SocketActions[]
  readonly createAuthServer: (http: Server, isGood: (token: string) => boolean) => SocketServer
  readonly signedIn: (session: Session) => Action
  readonly signedOut: () => Action
}

const page = 'docs/recipes/auth.md'
const { signedIn, signedOut } = runFile(page, 'session.ts') as Page
const { createAuthServer } = runFile(page, 'server.ts') as Page
const hour = 3_600_000

/** The recipe's server, with the page's `/refresh` beside it. */
const startBackend = async () => {
  const good = new Set(['token 0'])
  const backend = { good, refreshes: 0, attempts: [] as string[], answer: 200 }
  const http = createServer((_request, response) => {
    const token = `token ${++backend.refreshes}`
    if (backend.answer === 200) good.add(token)
    response.writeHead(backend.answer, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ token, expiresAt: Date.now() + hour }))
  })
  const server = createAuthServer(http, (token) => {
    backend.attempts.push(token)
    return good.has(token)
  })
  atTheEnd(async () => await server.close({ within: 0 }))
  const api = `http://127.0.0.1:${await listenOnce(http)}`
  return Object.assign(backend, { api, server })
}

const openApp = (api: string) => {
  const { store, dispose } = (runFile(page, 'store.ts') as Page).createAppStore(api)
  atTheEnd(dispose)
  const state = () => selectSocket(store.getState())
  return { store, state, status: async (wanted: string) => await until(store, () => state().status === wanted) }
}

usePage()

describe('an app whose token is in the query', () => {
  it('connects when the user signs in', async () => {
    const backend = await startBackend()
    const { store, status } = openApp(backend.api)
    store.dispatch(signedIn({ token: 'token 0', expiresAt: Date.now() + hour }))
    await status('open')
    expect(backend).toMatchObject({ attempts: ['token 0'], refreshes: 0 })
  })

  it('refreshes once when the server closes with 4401, and is open again', async () => {
    const backend = await startBackend()
    const { store, status } = openApp(backend.api)
    store.dispatch(signedIn({ token: 'revoked', expiresAt: Date.now() + hour }))
    await status('open')
    expect(backend).toMatchObject({ attempts: ['revoked', 'token 1'], refreshes: 1 })
    expect(store.getState().session?.token).toBe('token 1')
  })

  it('refreshes when an open connection is closed with 4401', async () => {
    const backend = await startBackend()
    const { store, status } = openApp(backend.api)
    store.dispatch(signedIn({ token: 'token 0', expiresAt: Date.now() + hour }))
    await status('open')
    for (const connection of backend.server.connections) connection.close(4401)
    await status('reconnecting')
    await status('open')
    expect(backend).toMatchObject({ attempts: ['token 0', 'token 1'], refreshes: 1 })
  })

  it('fails when the fresh token is refused too', async () => {
    const backend = await startBackend()
    const { store, state, status } = openApp(backend.api)
    backend.good.add = () => backend.good
    store.dispatch(signedIn({ token: 'revoked', expiresAt: Date.now() + hour }))
    await status('failed')
    expect(backend).toMatchObject({ attempts: ['revoked', 'token 1'], refreshes: 1 })
    expect(state().error?.code).toBe('stopped')
  })

  it('refreshes an expired token before the attempt after a sleep', async () => {
    const backend = await startBackend()
    const { store, status } = openApp(backend.api)
    store.dispatch(signedIn({ token: 'token 0', expiresAt: Date.now() - hour }))
    await status('open')
    expect(backend).toMatchObject({ attempts: ['token 1'], refreshes: 1 })
  })

  it('fails when the session has ended, and connects again with the next one', async () => {
    const backend = await startBackend()
    backend.answer = 401
    const { store, state, status } = openApp(backend.api)
    store.dispatch(signedIn({ token: 'old', expiresAt: 0 }))
    await status('failed')
    expect(state().error).toEqual({ code: 'socket_failure', message: 'The session has ended: sign in again.' })
    expect(backend.attempts).toEqual([])
    store.dispatch(signedIn({ token: 'token 0', expiresAt: Date.now() + hour }))
    await status('open')
  })

  it('tries again when the refresh fails', async () => {
    const backend = await startBackend()
    backend.answer = 503
    const { store, state, status } = openApp(backend.api)
    store.dispatch(signedIn({ token: 'old', expiresAt: 0 }))
    await status('reconnecting')
    expect(state().error?.code).toBe('provider_failed')
    backend.answer = 200
    await status('open')
  })

  it('closes when the user signs out, without a refusal by the server', async () => {
    const backend = await startBackend()
    const { store, state, status } = openApp(backend.api)
    store.dispatch(signedIn({ token: 'token 0', expiresAt: Date.now() + hour }))
    await status('open')
    store.dispatch(signedOut())
    await status('closed')
    expect(state().lastClose?.code).toBe(1000)
    await store.dispatch(socketConnect())
    expect(state()).toMatchObject({ status: 'failed', error: { message: 'Sign in first.' } })
    expect(backend.attempts).toEqual(['token 0'])
  })
})

describe('several connections with one session', () => {
  /** A refresh token that rotates: a second request with the same one ends the session. */
  const openShared = async (token: string) => {
    const backend = await startBackend()
    const { createSharedStore, connections } = runFile(page, 'several.ts') as Page
    const { store, dispose } = createSharedStore(backend.api)
    atTheEnd(dispose)
    store.dispatch(signedIn({ token, expiresAt: Date.now() + hour }))
    const statuses = (wanted: string) => (state: AppState) =>
      connections.every(({ name }) => state.socket[name]?.status === wanted)
    for (const { connect } of connections) void store.dispatch(connect())
    return { backend, store, become: async (wanted: string) => await until(store, statuses(wanted)) }
  }

  it('refresh it once when all of them are refused', async () => {
    const { backend, store, become } = await openShared('revoked')
    await become('open')
    expect([backend.refreshes, store.getState().session?.token]).toEqual([1, 'token 1'])
    expect(backend.attempts.filter((token) => token === 'token 1')).toHaveLength(3)
  })

  it('refresh it once when open connections are closed with 4401, one after the other', async () => {
    const { backend, store, become } = await openShared('token 0')
    await become('open')
    backend.good.delete('token 0')
    const attemptsWithFresh = () => backend.attempts.filter((token) => token === 'token 1').length
    const [first, ...others] = backend.server.connections
    first!.close(4401)
    await until(store, () => attemptsWithFresh() === 1)
    for (const connection of others) connection.close(4401)
    await until(store, () => attemptsWithFresh() === 3)
    await become('open')
    expect(backend.refreshes).toBe(1)
  })
})

describe('an app whose token is in the first message', () => {
  it.each([
    ['token 0', 'open', undefined],
    ['revoked', 'failed', 'The session has ended: sign in again.'],
  ])('%s ends in %s', async (token, outcome, message) => {
    const server = await startEchoServer({
      echo: false,
      onConnection: ({ socket }) =>
        socket.on('message', (frame: Buffer) => {
          const type = frame.toString().includes('token 0') ? 'auth/accepted' : 'auth/refused'
          socket.send(JSON.stringify({ type }))
        }),
    })
    atTheEnd(server.stop)
    const { store, dispose } = (runFile(page, 'handshake.ts') as Page).createHandshakeStore(server.url)
    atTheEnd(dispose)
    store.dispatch(signedIn({ token, expiresAt: Date.now() + hour }))
    store.dispatch(socketSend('after the handshake'))
    expect(await store.dispatch(socketConnect())).toBe(outcome)
    expect(selectSocket(store.getState()).error?.message).toBe(message)
    if (outcome === 'open') await server.until(({ received }) => received.length === 2)
    expect(server.received).toEqual([
      JSON.stringify({ type: 'auth', token }),
      ...(outcome === 'open' ? ['"after the handshake"'] : []),
    ])
  })
})
