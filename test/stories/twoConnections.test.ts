import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createAction } from '@reduxjs/toolkit'
import { Server, WebSocket as MockWebSocket, type Client } from 'mock-socket'
import {
  createSocketActions,
  createSocketMiddleware,
  isReceived,
  isSocketAction,
  selectSocketStatus,
  socketClose,
  socketConnect,
  socketMessage,
  socketSend,
  type SocketMiddlewareOptions,
} from '../../src/index.js'
import { setupStore } from '../support/setupStore.js'

const prices = createSocketActions('prices')
const ordered = createAction<string>('orders/ordered')

interface Side {
  readonly server: Server
  readonly clients: Client[]
  readonly messages: string[]
  readonly next: () => Promise<string>
}

const listenAt = (url: string): Side => {
  const server = new Server(url, { mock: false })
  const clients: Client[] = []
  const messages: string[] = []
  const waiting: ((text: string) => void)[] = []
  server.on('connection', (client) => {
    clients.push(client)
    client.on('message', (data) => {
      const text = data as string
      messages.push(text)
      waiting.shift()?.(text)
    })
  })
  return { server, clients, messages, next: () => new Promise((resolve) => waiting.push(resolve)) }
}

let chatSide: Side
let priceSide: Side

beforeEach(() => {
  chatSide = listenAt('ws://chat.example')
  priceSide = listenAt('ws://prices.example')
})

afterEach(() => {
  chatSide.server.close()
  priceSide.server.close()
})

const setupPair = (chatOptions: SocketMiddlewareOptions = {}, priceOptions: SocketMiddlewareOptions = {}) => {
  const ticker = createSocketMiddleware({
    actions: prices,
    url: 'ws://prices.example',
    WebSocket: MockWebSocket,
    ...priceOptions,
  })
  return setupStore({ url: 'ws://chat.example', WebSocket: MockWebSocket, ...chatOptions, connections: [ticker] })
}

describe('two connections in one store', () => {
  it('open and close separately', async () => {
    const { store } = setupPair()
    await store.dispatch(socketConnect())
    expect([selectSocketStatus(store.getState()), selectSocketStatus(store.getState(), 'prices')]).toEqual([
      'open',
      'idle',
    ])
    await store.dispatch(prices.connect())
    await store.dispatch(socketClose())
    expect([selectSocketStatus(store.getState()), selectSocketStatus(store.getState(), 'prices')]).toEqual([
      'closed',
      'open',
    ])
  })

  it('send to their own server each', async () => {
    const { store } = setupPair()
    await Promise.all([store.dispatch(socketConnect()), store.dispatch(prices.connect())])
    const messages = Promise.all([chatSide.next(), priceSide.next()])
    store.dispatch(prices.send('to prices'))
    store.dispatch(socketSend('to chat'))
    expect(await messages).toEqual(['"to chat"', '"to prices"'])
  })

  it('have their name in the type and the meta of their actions', async () => {
    const { store, recorder } = setupPair()
    await Promise.all([store.dispatch(socketConnect()), store.dispatch(prices.connect())])
    priceSide.clients[0]?.send('42')
    const reported = await recorder.take(prices.message)
    expect(reported).toMatchObject({ type: 'socket:prices/message', payload: 42, meta: { socket: 'prices' } })
    expect([
      isSocketAction(reported, 'prices'),
      isSocketAction(reported, 'default'),
      socketMessage.match(reported),
    ]).toEqual([true, false, false])
  })

  it('pass on what one of them received only as a copy that the app dispatches', async () => {
    const rules = { accept: ordered, forward: ordered }
    const { store, recorder } = setupPair(rules, rules)
    await Promise.all([store.dispatch(socketConnect()), store.dispatch(prices.connect())])
    chatSide.clients[0]?.send(JSON.stringify(ordered('apples')))
    const received = await recorder.take(ordered)
    expect([isReceived(received, 'default'), isReceived(received, 'prices')]).toEqual([true, false])
    const messages = Promise.all([chatSide.next(), priceSide.next()])
    store.dispatch(ordered('pears'))
    await messages
    const sent = JSON.stringify(ordered('pears'))
    expect([chatSide.messages, priceSide.messages]).toEqual([[sent], [sent]])
  })

  it('leave alone the actions of an app slice that is called socket', async () => {
    const { store, recorder } = setupPair()
    store.dispatch({ type: 'socket/connect' })
    store.dispatch({ type: 'socket/send', payload: 'nothing of ours' })
    expect(selectSocketStatus(store.getState())).toBe('idle')
    expect(recorder.types).toEqual(['socket/connect', 'socket/send'])
    await store.dispatch(socketConnect())
    expect(chatSide.messages).toEqual([])
  })
})
