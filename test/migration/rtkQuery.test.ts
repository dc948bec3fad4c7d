import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import type { Store, UnknownAction } from '@reduxjs/toolkit'
import { WebSocketServer } from 'ws'
import type { SocketsState } from '../../src/index.js'
import type { RpcSocketState } from '../../src/rpc/index.js'
import type { SocketServer } from '../../src/server/index.js'
import { runFile } from '../recipes/pageFiles.js'
import { atTheEnd, listenOnce, until, usePage } from '../recipes/support.js'

const page = 'docs/migration/rtk-query.md'

interface Message {
  readonly id: number
  readonly channel: string
  readonly text: string
}
interface Chat {
  readonly store: Store<{ readonly socket?: SocketsState }>
  readonly dispose: () => void
  readonly api: {
    readonly endpoints: {
      readonly getMessages: {
        readonly initiate: (channel: string) => UnknownAction
        readonly select: (channel: string) => (state: unknown) => { readonly data?: readonly Message[] }
      }
    }
  }
}
type Side = 'before' | 'after' | 'any-server'

interface Live {
  readonly createLive: (http: Server) => { readonly server: SocketServer; readonly say: (message: Message) => number }
}

/**
 * Messages by HTTP; new ones by a plain WebSocket at /ws and, by the page's server, on channels at /live. While `isSlow`, HTTP answers wait for
 * `answer()`.
 */
const startServer = async () => {
  const history: Message[] = []
  const waiting: { response: ServerResponse; body: string }[] = []
  const backend = { isSlow: false, requests: 0, attempts: 0 }
  const http = createServer(({ url = '' }, response) => {
    backend.requests++
    const body = JSON.stringify(history.filter(({ channel }) => url === `/messages/${channel}`))
    response.setHeader('content-type', 'application/json')
    if (backend.isSlow) waiting.push({ response, body })
    else response.end(body)
    http.emit('requested')
  })
  const { server, say } = (runFile(page, 'after/server.ts') as Live).createLive(http)
  const wss = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    backend.attempts++
    if (request.url === '/ws') wss.handleUpgrade(request, socket, head, (client) => wss.emit('connection', client))
  })
  atTheEnd(async () => await server.close({ within: 0 }))
  const base = `http://127.0.0.1:${await listenOnce(http)}`
  atTheEnd(() => wss.clients.forEach((client) => client.terminate()))
  const clients = () => [...wss.clients, ...Array.from(server.connections, ({ ws }) => ws)]
  return Object.assign(backend, {
    base,
    cut: () => clients().forEach((client) => client.terminate()),
    say: (channel: string, text: string) => {
      const message = { id: history.length + 1, channel, text }
      history.push(message)
      say(message)
      for (const client of wss.clients) client.send(JSON.stringify(message))
    },
    /** Everything that was sent before has arrived: the pong follows it. */
    received: async () => {
      for (const client of clients()) {
        client.ping()
        await once(client, 'pong')
      }
    },
    answer: () => waiting.splice(0).forEach(({ response, body }) => response.end(body)),
    requested: async (count: number) => {
      while (backend.requests < count) await once(http, 'requested')
    },
    connected: async (count: number) => {
      while (wss.clients.size < count) await once(wss, 'connection')
    },
  })
}

const start = (side: Side, { base, connected }: Awaited<ReturnType<typeof startServer>>) => {
  const { createChat } = runFile(page, `${side}/api.ts`) as { createChat: (base: string) => Chat }
  const { store, api, dispose } = createChat(base)
  atTheEnd(dispose)
  const { initiate, select } = api.endpoints.getMessages
  const texts = (channel: string) => select(channel)(store.getState()).data?.map(({ text }) => text)
  return {
    watch: (channel: string) => store.dispatch(initiate(channel)) as unknown as { readonly unsubscribe: () => void },
    texts,
    shown: async (channel: string, count: number) => await until(store, () => texts(channel)?.length === count),
    /** Resolves once so many entries listen at the server. */
    listens: async (entries: number): Promise<void> => {
      if (side !== 'after') return await connected(side === 'before' ? entries : 1)
      await until(store, ({ socket }) => {
        const { subscriptions = {} } = (socket?.['default'] ?? {}) as Partial<RpcSocketState>
        return Object.values(subscriptions).filter(({ status }) => status === 'active').length === entries
      })
    },
  }
}

usePage()

describe.each(['before', 'after', 'any-server'] as const)('the messages of a channel, %s the change', (side) => {
  it('are fetched, and new ones are added to their channel', async () => {
    const server = await startServer()
    server.say('red', 'old')
    const { watch, texts, shown, listens } = start(side, server)
    watch('red')
    await shown('red', 1)
    await listens(1)
    server.say('blue', 'elsewhere')
    server.say('red', 'new')
    await shown('red', 2)
    expect(texts('red')).toEqual(['old', 'new'])
  })

  it('are not listened to any more once no component reads them', async () => {
    const server = await startServer()
    const { watch, texts, shown, listens } = start(side, server)
    const red = watch('red')
    await shown('red', 0)
    await listens(1)
    red.unsubscribe()
    watch('blue')
    await shown('blue', 0)
    await listens(1)
    server.say('red', 'unread')
    server.say('blue', 'received')
    await shown('blue', 1)
    expect(texts('red')).toBeUndefined()
  })
})

describe('the difference', () => {
  it.each([
    ['before', 2],
    ['after', 1],
    ['any-server', 1],
  ] as const)('%s: two channels are %d sockets', async (side, sockets) => {
    const server = await startServer()
    const { watch, shown, listens } = start(side, server)
    watch('red')
    watch('blue')
    await Promise.all([shown('red', 0), shown('blue', 0), listens(2)])
    server.say('red', 'to red')
    server.say('blue', 'to blue')
    await Promise.all([shown('red', 1), shown('blue', 1)])
    expect(server.attempts).toBe(sockets)
  })

  it.each([
    ['before', ['late']],
    ['after', ['early', 'late']],
    ['any-server', ['early', 'late']],
  ] as const)(
    '%s: of one message while the answer is on its way and one after it arrive: %s',
    async (side, arrived) => {
      const server = await startServer()
      server.isSlow = true
      const { watch, texts, shown, listens } = start(side, server)
      watch('red')
      await Promise.all([server.requested(1), listens(1)])
      server.say('red', 'early')
      await server.received()
      server.answer()
      await shown('red', arrived.length - 1)
      server.say('red', 'late')
      await shown('red', arrived.length)
      expect(texts('red')).toEqual(arrived)
    },
  )

  it('before: a cut connection stays cut', async () => {
    const server = await startServer()
    const { watch, texts, shown, listens } = start('before', server)
    watch('red')
    await Promise.all([shown('red', 0), listens(1)])
    server.cut()
    server.say('red', 'missed')
    // Another channel is opened from scratch, and gets its messages: so would this one.
    watch('blue')
    await Promise.all([shown('blue', 0), listens(1)])
    server.say('blue', 'received')
    await shown('blue', 1)
    expect(texts('red')).toEqual([])
  })

  it.each(['after', 'any-server'] as const)(
    '%s: a cut connection is opened again, and missed messages are fetched',
    async (side) => {
      const server = await startServer()
      const { watch, texts, shown, listens } = start(side, server)
      watch('red')
      await Promise.all([shown('red', 0), listens(1)])
      server.cut()
      server.say('red', 'missed')
      await shown('red', 1)
      server.say('red', 'received')
      await shown('red', 2)
      expect(texts('red')).toEqual(['missed', 'received'])
    },
  )
})
