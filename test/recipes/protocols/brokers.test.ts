import { describe, expect, it } from '@jest/globals'
import { generate, parser, type Packet } from 'mqtt-packet'
import type { WebSocket } from 'ws'
import { socketClose, type CustomProtocol } from '../../../src/index.js'
import { usePage } from '../support.js'
import { fileOf, openApp, startServer, type Socket } from './support.js'

// STOMP as RabbitMQ speaks it, and MQTT 3.1.1.

usePage()

type Commands = CustomProtocol

/** As RabbitMQ does: headers in its order, heartbeats as newlines. `cut` sends each frame in two messages. */
const startRabbit = async ({ cut = false, refuses = false } = {}) => {
  const subscribers = new Map<string, Set<{ id: string; socket: WebSocket }>>()
  let messages = 0
  const server = await startServer(
    (socket) => {
      const send = (text: string) => {
        const middle = cut ? Math.ceil(text.length / 2) : text.length
        for (const part of [text.slice(0, middle), text.slice(middle)]) if (part) socket.send(part)
      }
      return (frame) => {
        const [head = '', body = ''] = String(frame).replace(/\0$/, '').split('\n\n')
        const [command, ...lines] = head.split('\n')
        const headers = Object.fromEntries(lines.map((line) => line.split(':'))) as Record<string, string>
        const { destination = '', id = '' } = headers
        if (command === 'CONNECT' && refuses) {
          send(`ERROR\nmessage:Bad CONNECT\ncontent-type:text/plain\n\nAccess refused for user 'guest'\n\0`)
          return socket.close(1002)
        }
        if (command === 'CONNECT')
          send(`CONNECTED\nserver:RabbitMQ/3.13.7\nheart-beat:10000,10000\nversion:1.2\n\n\0\n`)
        if (command === 'SUBSCRIBE') {
          subscribers.set(destination, new Set([...(subscribers.get(destination) ?? []), { id, socket }]))
        }
        if (command !== 'SEND') return
        for (const { id: subscription, socket: to } of subscribers.get(destination) ?? []) {
          if (to !== socket) continue
          send(
            `MESSAGE\nsubscription:${subscription}\ndestination:${destination}\nmessage-id:T_${++messages}\nredelivered:false\ncontent-length:${body.length}\n\n${body}\0\n`,
          )
        }
      }
    },
    { handleProtocols: () => 'v12.stomp' },
  )
  return server
}

const openStomp = async (options?: Parameters<typeof startRabbit>[0]) => {
  const server = await startRabbit(options)
  const { createStompSocket, stomp } = fileOf<{ createStompSocket: (url: string) => Socket; stomp: Commands }>(
    'stomp.ts',
  )
  return { server, stomp, ...(await openApp(createStompSocket(server.url))) }
}

const destination = '/topic/prices'
const toBodies = (payloads: readonly unknown[]) => payloads.map((payload) => (payload as { body: string }).body)

describe('an app that speaks STOMP', () => {
  it.each([
    ['whole', false],
    ['cut into two', true],
  ])('publishes and subscribes, with frames that are %s', async (_what, cut) => {
    const { atLeast, server, stomp, store } = await openStomp({ cut })
    store.dispatch(stomp.command('subscribe')(destination))
    store.dispatch(stomp.command('publish')({ destination, body: '{"a":\n\n1}' }))
    store.dispatch(stomp.command('publish')({ destination, body: 'second' }))
    const messages = await atLeast(2, 'stomp/message')
    expect(messages[0]).toMatchObject({ command: 'MESSAGE', headers: { destination, redelivered: 'false' } })
    expect(toBodies(messages)[1]).toBe('second')
    expect(server.received[0]).toContain('accept-version:1.2\n')
  })

  it('subscribes again after a reconnect, before what waits', async () => {
    const { atLeast, server, status, stomp, store } = await openStomp()
    store.dispatch(stomp.command('subscribe')(destination))
    server.terminate()
    await status('reconnecting')
    store.dispatch(stomp.command('publish')({ destination, body: 'queued' }))
    expect(toBodies(await atLeast(1, 'stomp/message'))).toEqual(['queued'])
  })

  it('says DISCONNECT before it closes', async () => {
    const { server, store } = await openStomp()
    await store.dispatch(socketClose())
    await server.until(({ connections }) => connections[0]!.ended !== null)
    expect(server.received.at(-1)).toBe('DISCONNECT\n\n\0')
  })

  it('stops with the message of an ERROR', async () => {
    const { outcome, state } = await openStomp({ refuses: true })
    expect([outcome, state().error?.message]).toEqual(['failed', 'Bad CONNECT'])
  })
})

const matches = (filter: string, topic: string): boolean =>
  filter === topic || (filter.endsWith('/#') && topic.startsWith(filter.slice(0, -1)))

/** As mosquitto does, for QoS 0: a will is published when a client goes without a disconnect. `together` sends several packets in one frame. */
const startBroker = async ({ refuses = false } = {}) => {
  const state = { disconnected: 0 }
  const server = await startServer(
    (socket) => {
      const filters: string[] = []
      const reader = parser()
      const send = (...packets: Packet[]) => socket.send(Buffer.concat(packets.map((packet) => generate(packet))))
      reader.on('packet', (packet: Packet) => {
        if (packet.cmd === 'connect') send({ cmd: 'connack', returnCode: refuses ? 5 : 0, sessionPresent: false })
        if (packet.cmd === 'pingreq') send({ cmd: 'pingresp' })
        if (packet.cmd === 'disconnect') state.disconnected++
        if (packet.cmd === 'subscribe') {
          filters.push(...packet.subscriptions.map(({ topic }) => topic))
          const retained: Packet = {
            cmd: 'publish',
            topic: 'prices/old',
            payload: '1',
            qos: 0,
            dup: false,
            retain: true,
          }
          // Two packets in one frame, and one in two frames.
          const bytes = Buffer.concat([
            generate({ cmd: 'suback', messageId: packet.messageId!, granted: [0] }),
            generate(retained),
          ])
          socket.send(bytes.subarray(0, 12))
          socket.send(bytes.subarray(12))
        }
        if (packet.cmd === 'publish' && filters.some((filter) => matches(filter, packet.topic))) send(packet)
      })
      return (frame) => void reader.parse(frame as Buffer)
    },
    { handleProtocols: () => 'mqtt' },
  )
  return { server, state }
}

const openMqtt = async (options?: Parameters<typeof startBroker>[0]) => {
  const broker = await startBroker(options)
  const { createMqttSocket, mqtt } = fileOf<{ createMqttSocket: (url: string) => Socket; mqtt: Commands }>('mqtt.ts')
  return { broker, mqtt, ...(await openApp(createMqttSocket(broker.server.url))) }
}

describe('an app that speaks MQTT', () => {
  it('publishes and subscribes, whatever the frames', async () => {
    const { atLeast, mqtt, store } = await openMqtt()
    store.dispatch(mqtt.command('subscribe')('prices/#'))
    store.dispatch(mqtt.command('publish')({ topic: 'prices/acme', text: '7 €' }))
    expect(await atLeast(2, 'mqtt/message')).toEqual([
      { topic: 'prices/old', text: '1' },
      { topic: 'prices/acme', text: '7 €' },
    ])
  })

  it('subscribes again after a reconnect, with a codec that has forgotten a half packet', async () => {
    const { atLeast, broker, mqtt, store } = await openMqtt()
    store.dispatch(mqtt.command('subscribe')('prices/#'))
    await atLeast(1, 'mqtt/message')
    broker.server.send(
      generate({ cmd: 'publish', topic: 'prices/lost', payload: 'lost', qos: 0, dup: false, retain: false }).subarray(
        0,
        9,
      ),
    )
    broker.server.terminate()
    expect(await atLeast(2, 'mqtt/message')).toEqual([
      { topic: 'prices/old', text: '1' },
      { topic: 'prices/old', text: '1' },
    ])
  })

  it('disconnects before it closes, so that no will is published', async () => {
    const { broker, store } = await openMqtt()
    await store.dispatch(socketClose())
    await broker.server.until(({ connections }) => connections[0]!.ended !== null)
    expect([broker.state.disconnected, broker.server.connections[0]!.ended?.code]).toEqual([1, 1000])
  })

  it('stops when the broker refuses it', async () => {
    const { outcome, state } = await openMqtt({ refuses: true })
    expect([outcome, state().error?.message]).toEqual(['failed', 'The broker refuses the connection.'])
  })
})
