import { describe, expect, it } from '@jest/globals'
import { selectSubscription, socketNotify, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { socketClose, type CustomProtocol } from '../../../src/index.js'
import { until, usePage } from '../support.js'
import { fileOf, jsonTo, openApp, startServer, type Socket } from './support.js'

// Rails' Action Cable and Phoenix: channels that are joined by name.

usePage()

/** As Rails does: a welcome, confirmations, messages by identifier; a restart says `disconnect` and closes with 1000. */
const startCable = async ({ refuses = false } = {}) =>
  await startServer(
    (socket) => {
      const send = jsonTo(socket)
      if (refuses) {
        send({ type: 'disconnect', reason: 'unauthorized', reconnect: false })
        socket.close(1000)
      } else send({ type: 'welcome' }, { type: 'ping', message: 1 })
      return (frame) => {
        const { command, identifier, data } = JSON.parse(String(frame)) as Record<string, string>
        const { channel } = JSON.parse(identifier!) as { channel: string }
        if (channel === 'SecretChannel') return send({ identifier, type: 'reject_subscription' })
        if (command === 'subscribe') {
          send({ identifier, type: 'confirm_subscription' }, { identifier, message: 'welcome to it' })
        }
        if (command === 'message') send({ identifier, message: JSON.parse(data!) as unknown })
      }
    },
    { handleProtocols: () => 'actioncable-v1-json' },
  )

const cablePage = () =>
  fileOf<{
    createCableSocket: (url: string) => Socket
    cable: CustomProtocol
  }>('actionCable.ts')

const chat = JSON.stringify({ channel: 'ChatChannel', room: 1 })

describe('an app that speaks Action Cable', () => {
  it('subscribes, performs, and subscribes again after a restart with 1000', async () => {
    const server = await startCable()
    const { createCableSocket, cable } = cablePage()
    const { store, state, atLeast } = await openApp(createCableSocket(server.url))
    store.dispatch(cable.command('subscribe')(chat))
    store.dispatch(cable.command('perform')({ identifier: chat, data: { action: 'speak', text: 'hello' } }))
    expect(await atLeast(2, 'cable/received')).toEqual([
      { identifier: chat, message: 'welcome to it' },
      { identifier: chat, message: { action: 'speak', text: 'hello' } },
    ])
    expect(state().protocol).toBe('actioncable-v1-json')
    jsonTo(server.open[0]!.socket)({ type: 'disconnect', reason: 'server_restart', reconnect: true })
    server.close(1000)
    expect(await atLeast(3, 'cable/received')).toHaveLength(3)
    expect(state().status).toBe('open')
  })

  it('gets the refusal of a subscription, and does not ask again', async () => {
    const server = await startCable()
    const { createCableSocket, cable } = cablePage()
    const { store, atLeast, status } = await openApp(createCableSocket(server.url))
    const secret = JSON.stringify({ channel: 'SecretChannel' })
    store.dispatch(cable.command('subscribe')(secret))
    expect(await atLeast(1, 'cable/rejected')).toEqual([secret])
    server.close(1000)
    await status('reconnecting')
    await status('open')
    expect(server.received).toHaveLength(1)
  })

  it('stops when the server refuses the connection', async () => {
    const server = await startCable({ refuses: true })
    const { outcome, state } = await openApp(cablePage().createCableSocket(server.url))
    expect([outcome, state().error]).toEqual([
      'failed',
      { code: 'socket_failure', message: 'The server refuses the connection: unauthorized' },
    ])
  })
})

type PhoenixMessage = [string | null, string | null, string, string, Record<string, unknown>]

/** As Phoenix does with `vsn=2.0.0`: messages without the reference of their join are dropped. */
const startPhoenix = async () =>
  await startServer((socket) => {
    const send = jsonTo(socket)
    const joins = new Map<string, string | null>()
    return (frame) => {
      const [joinRef, ref, topic, event, payload] = JSON.parse(String(frame)) as PhoenixMessage
      const reply = (status: string, response: object = {}) =>
        send([joinRef, ref, topic, 'phx_reply', { status, response }])
      if (topic === 'phoenix') return reply('ok')
      if (topic === 'room:secret') return reply('error', { reason: 'unauthorized' })
      if (event === 'phx_join') joins.set(topic, ref)
      else if (joins.get(topic) !== joinRef) return
      if (event === 'phx_leave') joins.delete(topic)
      if (event === 'crash') return send([joinRef, null, topic, 'phx_error', {}])
      reply('ok', { got: payload })
      if (event === 'phx_join') send([joinRef, null, topic, 'presence_state', {}])
      if (event === 'new_msg') send([null, null, topic, 'new_msg', payload])
    }
  })

const openPhoenix = async () => {
  const server = await startPhoenix()
  const { createPhoenixSocket } = fileOf<{ createPhoenixSocket: (url: string) => Socket }>('phoenix.ts')
  return { server, ...(await openApp(createPhoenixSocket(server.url))) }
}
type Phoenix = Awaited<ReturnType<typeof openPhoenix>>

const becomes = async ({ store }: Phoenix, id: string, status: string) =>
  await until(store, (state) => selectSubscription(state, id)?.status === status)

describe('an app that speaks to Phoenix channels', () => {
  it('joins, pushes with a reply, and gets what others push', async () => {
    const app = await openPhoenix()
    const { atLeast, server, store } = app
    const id = store.dispatch(socketSubscribe('room:1', { name: 'Ada' }))
    await becomes(app, id, 'active')
    const payload = { body: 'hello' }
    expect(await store.dispatch(socketRequest('new_msg', { topic: 'room:1', payload }))).toEqual({
      data: { got: payload },
    })
    expect(await atLeast(2, 'socket/push')).toEqual([
      { id, channel: 'room:1', data: { event: 'presence_state', payload: {} } },
      { id, channel: 'room:1', data: { event: 'new_msg', payload } },
    ])
    expect(server.connections[0]!.path).toContain('vsn=2.0.0')
  })

  it('joins again after a reconnect, under the reference of the new join', async () => {
    const app = await openPhoenix()
    const { atLeast, server, store } = app
    const id = store.dispatch(socketSubscribe('room:1'))
    await becomes(app, id, 'active')
    server.terminate()
    await becomes(app, id, 'pending')
    store.dispatch(socketNotify('new_msg', { topic: 'room:1', payload: { body: 'queued' } }))
    expect(await atLeast(3, 'socket/push')).toContainEqual({
      id,
      channel: 'room:1',
      data: { event: 'new_msg', payload: { body: 'queued' } },
    })
  })

  it('keeps the word of a refusal, and fails a channel that crashed', async () => {
    const app = await openPhoenix()
    const { store } = app
    const secret = store.dispatch(socketSubscribe('room:secret'))
    const id = store.dispatch(socketSubscribe('room:1'))
    await becomes(app, secret, 'failed')
    expect(selectSubscription(store.getState(), secret)?.error).toEqual({
      code: 'error',
      message: 'error',
      data: { reason: 'unauthorized' },
    })
    await becomes(app, id, 'active')
    store.dispatch(socketNotify('crash', { topic: 'room:1' }))
    await becomes(app, id, 'failed')
    await store.dispatch(socketClose())
  })
})
