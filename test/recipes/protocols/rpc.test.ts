import { describe, expect, it } from '@jest/globals'
import {
  selectSubscription,
  socketNotify,
  socketRequest,
  socketSubscribe,
  type ClientMethods,
} from '../../../src/rpc/index.js'
import { until, usePage } from '../support.js'
import { fileOf, jsonTo, openApp, startServer, type Socket } from './support.js'

// Servers with requests and replies: a hub of SignalR, Home Assistant, an Ethereum node.

usePage()

type App = Awaited<ReturnType<typeof openApp>>
const becomes = async ({ store }: App, id: string, status: string) =>
  await until(store, (state) => selectSubscription(state, id)?.status === status)

const end = '\x1e'

/** As a hub of ASP.NET Core does: each message ends with 0x1E, and the answer to the handshake shares its frame with the first message. */
const startHub = async ({ refuses = false } = {}) =>
  await startServer((socket) => {
    let isGreeted = false
    const send = (...messages: readonly object[]) =>
      socket.send(messages.map((message) => JSON.stringify(message) + end).join(''))
    return (frame) => {
      const text = String(frame)
      if (!text.endsWith(end)) return socket.close(1003)
      for (const part of text.split(end).slice(0, -1)) {
        const {
          type,
          invocationId,
          target,
          arguments: args = [],
        } = JSON.parse(part) as {
          type?: number
          invocationId?: string
          target?: string
          arguments?: number[]
        }
        if (!isGreeted) {
          isGreeted = true
          if (refuses) send({ error: 'The protocol is not supported.' })
          else send({}, { type: 1, target: 'Said', arguments: ['early'] }, { type: 6 })
        } else if (target === 'Add') send({ type: 3, invocationId, result: args[0]! + args[1]! })
        else if (target === 'Fail') send({ type: 3, invocationId, error: 'It failed.' })
        else if (target === 'Say') send({ type: 1, target: 'Said', arguments: args })
        else if (target === 'Nothing') send({ type: 3, invocationId })
        else if (type === 6) send({ type: 6 })
      }
    }
  })

const openHub = async (options?: Parameters<typeof startHub>[0]) => {
  const server = await startHub(options)
  const { createHubSocket } = fileOf<{ createHubSocket: (url: string, methods: ClientMethods) => Socket }>('signalR.ts')
  const said = ([text]: string[], { dispatch }: { dispatch: (action: { type: string; payload: unknown }) => void }) =>
    dispatch({ type: 'said', payload: text })
  return { server, ...(await openApp(createHubSocket(server.url, { Said: said }))) }
}

describe('an app that speaks to a SignalR hub', () => {
  it('invokes methods and is invoked, also by what came with the handshake', async () => {
    const { atLeast, store } = await openHub()
    expect(await store.dispatch(socketRequest('Add', [1, 2]))).toEqual({ data: 3 })
    expect(await store.dispatch(socketRequest('Nothing'))).toEqual({ data: null })
    expect(await store.dispatch(socketRequest('Fail'))).toEqual({ error: { code: 'hub', message: 'It failed.' } })
    store.dispatch(socketNotify('Say', ['hello']))
    expect(await atLeast(2, 'said')).toEqual(['early', 'hello'])
  })

  it('comes back when the hub restarts with 1000', async () => {
    const { server, status, store } = await openHub()
    server.close(1000)
    await status('reconnecting')
    await status('open')
    expect(await store.dispatch(socketRequest('Add', [2, 2]))).toEqual({ data: 4 })
  })

  it('stops when the hub refuses the protocol', async () => {
    const { outcome, state } = await openHub({ refuses: true })
    expect([outcome, state().error?.message]).toEqual(['failed', 'The protocol is not supported.'])
  })
})

/** As Home Assistant does: numbers must rise, errors have words, events carry the number of their subscription. */
const startHome = async () =>
  await startServer((socket) => {
    const send = jsonTo(socket)
    let last = 0
    send({ type: 'auth_required', ha_version: '2024.6' })
    return (frame) => {
      const { id, type, access_token, event_type } = JSON.parse(String(frame)) as Record<string, unknown>
      if (type === 'auth') {
        return send(
          access_token === 'good' ? { type: 'auth_ok' } : { type: 'auth_invalid', message: 'Invalid password' },
        )
      }
      if (Number(id) <= last) {
        const error = { code: 'id_reuse', message: 'Identifier values have to increase.' }
        return send({ id, type: 'result', success: false, error })
      }
      last = Number(id)
      if (type === 'bad') {
        return send({
          id,
          type: 'result',
          success: false,
          error: { code: 'unknown_command', message: 'Unknown command.' },
        })
      }
      send({ id, type: 'result', success: true, result: type === 'get_states' ? [{ entity_id: 'light.hall' }] : null })
      if (type === 'subscribe_events') send({ id, type: 'event', event: { event_type, at: id } })
    }
  })

const openHome = async (token = 'good') => {
  const server = await startHome()
  const { createHomeSocket } = fileOf<{ createHomeSocket: (url: string, readToken: () => string) => Socket }>(
    'homeAssistant.ts',
  )
  return { server, ...(await openApp(createHomeSocket(server.url, () => token))) }
}

describe('an app that speaks to Home Assistant', () => {
  it('sends requests, and gets the events of its subscriptions', async () => {
    const app = await openHome()
    const { atLeast, store } = app
    const lights = store.dispatch(socketSubscribe('subscribe_events', { event_type: 'light' }))
    const doors = store.dispatch(socketSubscribe('subscribe_events', { event_type: 'door' }))
    expect(await store.dispatch(socketRequest('get_states'))).toEqual({ data: [{ entity_id: 'light.hall' }] })
    expect(await atLeast(2, 'socket/push')).toMatchObject([
      { id: lights, data: { event_type: 'light' } },
      { id: doors, data: { event_type: 'door' } },
    ])
    expect(await store.dispatch(socketRequest('bad'))).toEqual({
      error: { code: 'unknown_command', message: 'Unknown command.' },
    })
  })

  it('keeps its numbers rising after a reconnect, with subscriptions and requests that waited', async () => {
    const app = await openHome()
    const { atLeast, server, status, store } = app
    const id = store.dispatch(socketSubscribe('subscribe_events', { event_type: 'light' }))
    await becomes(app, id, 'active')
    const waiting = server.terminate()
    await status('reconnecting')
    const first = store.dispatch(socketRequest('get_states'))
    const second = store.dispatch(socketRequest('get_states'))
    expect([waiting, await first, await second]).toEqual([
      undefined,
      { data: [{ entity_id: 'light.hall' }] },
      { data: [{ entity_id: 'light.hall' }] },
    ])
    expect(await atLeast(2, 'socket/push')).toHaveLength(2)
  })

  it('stops when the token is wrong', async () => {
    const { outcome, state } = await openHome('bad')
    expect([outcome, state().error?.message]).toEqual(['failed', 'Invalid password'])
  })
})

/** As geth does: ids of subscriptions are hexadecimal, and end with the connection. */
const startNode = async () => {
  let count = 0
  return await startServer((socket) => {
    const send = jsonTo(socket)
    const ids = new Set<string>()
    return (frame) => {
      const { id, method, params } = JSON.parse(String(frame)) as { id: number; method: string; params: string[] }
      const reply = (result: unknown) => send({ jsonrpc: '2.0', id, result })
      if (method === 'eth_blockNumber') return reply('0x10')
      if (method === 'eth_unsubscribe') return reply(ids.delete(params[0]!))
      if (method !== 'eth_subscribe') {
        return send({
          jsonrpc: '2.0',
          id,
          error: { code: -32601, message: `the method ${method} does not exist/is not available` },
        })
      }
      const subscription = `0x${(++count).toString(16).padStart(32, '0')}`
      ids.add(subscription)
      reply(subscription)
      const result = { number: '0x11', of: params }
      send({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } })
    }
  })
}

describe('an app that speaks to an Ethereum node', () => {
  it('asks, subscribes, and subscribes again after a reconnect', async () => {
    const server = await startNode()
    const { createNodeSocket } = fileOf<{ createNodeSocket: (url: string) => Socket }>('node.ts')
    const app = await openApp(createNodeSocket(server.url))
    const { atLeast, store } = app
    expect(await store.dispatch(socketRequest('eth_blockNumber'))).toEqual({ data: '0x10' })
    expect(await store.dispatch(socketRequest('eth_none'))).toMatchObject({ error: { code: -32601 } })
    const id = store.dispatch(socketSubscribe('logs', { address: '0x1' }))
    await becomes(app, id, 'active')
    server.terminate()
    const push = { id, channel: 'logs', data: { number: '0x11', of: ['logs', { address: '0x1' }] } }
    expect(await atLeast(2, 'socket/push')).toEqual([push, push])
  })
})
