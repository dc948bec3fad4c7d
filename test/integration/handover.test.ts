import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { socketClosed, socketConnect, socketListen, socketMessage, type HandshakeContext } from '../../src/index.js'
import { startEchoServer, type EchoServer, type ServerConnection } from '../support/echoServer.js'
import { setupStore, type TestStore } from '../support/setupStore.js'

interface Message {
  readonly type: 'welcome' | 'news' | 'reconnect'
  readonly n?: number
  readonly url?: string
}

const isReconnect = (message: unknown): boolean => (message as Message).type === 'reconnect'

/**
 * A server that announces its end and goes on pushing on the old socket until it has said welcome on the new one, as those of Twitch EventSub and Slack do.
 * `closesOld`: it then closes the old one itself.
 */
const startPushing = async (closesOld: boolean) => {
  let count = 0
  let receiver: ServerConnection | undefined
  const send = ({ socket }: ServerConnection, message: Message) => socket.send(JSON.stringify(message))
  const isOpen = ({ socket }: ServerConnection) => socket.readyState === socket.OPEN
  const server: EchoServer = await startEchoServer({
    echo: false,
    onConnection: (connection) => {
      const old = receiver
      const welcome = () => {
        receiver = connection
        send(connection, { type: 'welcome' })
        if (closesOld) old?.socket.close(4004, 'grace time expired')
      }
      // The welcome takes a while: ten messages go out on the old socket meanwhile.
      if (!old) return welcome()
      const until = count + 10
      const wait = setInterval(() => {
        if (count < until) return
        clearInterval(wait)
        welcome()
      }, 1)
    },
  })
  const timer = setInterval(() => {
    if (receiver && isOpen(receiver)) send(receiver, { type: 'news', n: ++count })
  }, 2)
  return {
    url: server.url,
    server,
    announce: () => send(receiver!, { type: 'reconnect', url: `${server.url}/next` }),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await server[Symbol.asyncDispose]()
    },
  }
}

const news = (store: TestStore): number[] =>
  store.recorder.of(socketMessage).flatMap(({ payload }) => (payload as Message).n ?? [])

describe('a handover to a server that pushes on the old socket until the new one is welcome', () => {
  it.each([true, false])(
    'misses no message and gets none twice (the server closes the old socket: %p)',
    async (closesOld) => {
      await using pushing = await startPushing(closesOld)
      const statuses = new Set<string>()
      const store = setupStore({
        url: pushing.url,
        WebSocket,
        handshake: async ({ receive }: HandshakeContext) => void (await receive()),
      })
      store.dispatch(
        socketListen(
          isReconnect,
          (message) => void store.dispatch(socketConnect({ url: (message as Message).url!, handover: true })),
        ),
      )
      await store.dispatch(socketConnect())
      store.store.subscribe(() => statuses.add(store.state().status))
      for (let round = 1; round <= 3; round++) {
        const before = news(store).length
        pushing.announce()
        // oxlint-disable-next-line no-await-in-loop
        await pushing.server.until(({ connections }) => connections.filter(({ ended }) => ended).length === round)
        // oxlint-disable-next-line no-await-in-loop
        while (news(store).length < before + 30) await store.recorder.take(socketMessage)
      }
      const all = news(store).toSorted((a, b) => a - b)
      expect(all).toEqual(Array.from(all, (_, index) => index + all[0]!))
      expect([store.recorder.of(socketClosed), [...statuses]]).toEqual([[], ['open']])
      expect(pushing.server.connections.map(({ ended }) => ended?.code)).toEqual([
        ...Array.from({ length: 3 }, () => (closesOld ? 4004 : 1000)),
        undefined,
      ])
    },
  )
})
