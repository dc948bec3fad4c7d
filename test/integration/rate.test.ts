import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { socketConnect, socketSend, type HandshakeContext } from '../../src/index.js'
import { jsonRpc, socketSubscribe } from '../../src/rpc/index.js'
import { startEchoServer } from '../support/echoServer.js'
import { setupStore } from '../support/setupStore.js'

const perSecond = 200
const burst = 4

describe('a server that closes clients which send too fast', () => {
  it('keeps one whose rate is limited, through a handshake, resubscriptions and the queue', async () => {
    let count = 0
    let startedAt = Infinity
    await using server = await startEchoServer({
      echo: false,
      onConnection: ({ socket }) => {
        startedAt = Math.min(startedAt, performance.now())
        socket.on('message', () => {
          // Messages that arrive late are no fault: only the sum counts.
          const allowed = burst + (perSecond * (performance.now() - startedAt)) / 1_000
          if (++count > allowed) socket.close(1008, `${count} messages, allowed ${allowed}`)
        })
      },
    })
    const store = setupStore({
      url: server.url,
      WebSocket,
      protocol: jsonRpc(),
      handshake: ({ send }: HandshakeContext) => ['a', 'b', 'c'].forEach((value) => send(value)),
      rate: { perSecond, burst },
      reconnect: { backoff: () => 1 },
    })
    await store.dispatch(socketConnect())
    for (let index = 0; index < 8; index++) store.dispatch(socketSubscribe(`c${index}`))
    await server.until(({ received }) => received.length === 11)
    server.terminate()
    await store.until(({ status }) => status !== 'open')
    for (let index = 0; index < 20; index++) store.dispatch(socketSend(index))
    await server.until(({ received }) => received.length === 11 + 3 + 8 + 20)
    expect(server.connections[1]?.received.slice(-20)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)))
    expect(server.connections.map(({ ended }) => ended?.code)).toEqual([1006, undefined])
    expect([store.state().status, store.state().error]).toEqual(['open', null])
  })
})
