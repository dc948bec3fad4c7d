import { afterEach, describe, expect, it } from '@jest/globals'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocket } from 'ws'
import { socketConnect, socketFailed, socketMessage, socketOpened, socketSend } from '../../../src/index.js'
import {
  graphqlComplete,
  graphqlCompleted,
  graphqlError,
  graphqlNext,
  graphqlSubscribe,
  graphqlTransportWs,
} from '../../support/graphqlTransportWs.js'
import { startSocketServer } from '../../support/rpcServers.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'

// A protocol of createProtocol on a real server, with a handshake of its own.

const schema = buildSchema(`
  type Query { hello: String }
  type Subscription { count(to: Int!): Int, forever: Int }
`)

const disposers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const dispose of disposers.splice(0)) await dispose() // oxlint-disable-line no-await-in-loop
})

const start = async () => {
  const stopped: string[] = []
  const server = await startSocketServer({ handleProtocols: () => 'graphql-transport-ws' })
  const greeted: unknown[] = []
  const cleanup = useServer(
    {
      schema,
      roots: {
        query: { hello: () => 'world' },
        subscription: {
          count: async function* ({ to }: { to: number }) {
            for (let count = 1; count <= to; count++) yield await Promise.resolve({ count })
          },
          forever: async function* () {
            try {
              yield { forever: 1 }
              await new Promise(() => {})
            } finally {
              stopped.push('forever')
            }
          },
        },
      },
      onConnect: ({ connectionParams }) => {
        greeted.push(connectionParams)
        return connectionParams?.['token'] !== 'bad'
      },
    },
    server.wss,
  )
  disposers.push(async () => {
    await cleanup.dispose()
    await server[Symbol.asyncDispose]()
  })
  return { ...server, greeted, stopped }
}

const createStore = (url: string, token: string, options: StoreOptions = {}) =>
  setupStore({
    url,
    WebSocket,
    protocol: graphqlTransportWs({ connectionParams: () => ({ token }) }),
    reconnect: { backoff: () => 1 },
    ...options,
  })

describe('a server of the package graphql-ws', () => {
  it('accepts the handshake, and serves queries and subscriptions', async () => {
    const { url, greeted } = await start()
    const store = createStore(url, 'good')
    expect(await store.dispatch(socketConnect())).toBe('open')
    expect([greeted, store.state().protocol]).toEqual([[{ token: 'good' }], 'graphql-transport-ws'])

    const query = store.dispatch(graphqlSubscribe({ query: '{ hello }' }))
    expect((await store.recorder.take(graphqlNext)).payload).toEqual({
      id: query,
      result: { data: { hello: 'world' } },
    })
    expect((await store.recorder.take(graphqlCompleted)).payload).toBe(query)

    const count = store.dispatch(graphqlSubscribe({ query: 'subscription { count(to: 3) }' }))
    const results = (await store.recorder.takeMany(3, graphqlNext)).map(({ payload }) => payload)
    expect(results).toEqual([1, 2, 3].map((value) => ({ id: count, result: { data: { count: value } } })))

    const bad = store.dispatch(graphqlSubscribe({ query: '{ nothing }' }))
    expect((await store.recorder.take(graphqlError)).payload).toMatchObject({
      id: bad,
      errors: [{ message: expect.stringContaining('nothing') }],
    })
    expect(store.recorder.count(socketMessage)).toBe(0)
  })

  it('gets the live subscriptions again after a reconnect, and not the ended ones', async () => {
    const { url, greeted, cut } = await start()
    const store = createStore(url, 'good')
    const id = store.dispatch(graphqlSubscribe({ query: 'subscription { forever }' }))
    await store.dispatch(socketConnect())
    expect((await store.recorder.take(graphqlNext)).payload).toMatchObject({ id })
    await store.recorder.take(socketOpened)
    cut()
    await store.recorder.take(socketOpened)
    expect((await store.recorder.take(graphqlNext)).payload).toMatchObject({ id })
    expect(greeted).toHaveLength(2)
    store.dispatch(graphqlComplete(id))
    cut()
    await store.recorder.take(socketOpened)
    store.dispatch(graphqlSubscribe({ query: '{ hello }' }))
    expect((await store.recorder.take(graphqlNext)).payload).toMatchObject({ result: { data: { hello: 'world' } } })
  })

  it('ends the connection when it refuses the handshake', async () => {
    const { url } = await start()
    const store = createStore(url, 'bad', { reconnect: false })
    expect(await store.dispatch(socketConnect())).toBe('failed')
    expect((await store.recorder.take(socketFailed)).payload.code).toBe('stopped')
  })

  it('gets values that the schema of the app does not check', async () => {
    const { url } = await start()
    const refuseAll = {
      '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
    }
    const store = createStore(url, 'good', { schema: { send: refuseAll, receive: refuseAll } })
    await store.dispatch(socketConnect())
    store.dispatch(graphqlSubscribe({ query: '{ hello }' }))
    await store.recorder.take(graphqlNext)
    expect(store.dispatch(socketSend('mine'))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
  })
})
