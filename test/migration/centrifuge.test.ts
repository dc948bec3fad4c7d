import { describe, expect, it } from '@jest/globals'
import { WebSocket, WebSocketServer, type WebSocket as Client } from 'ws'
import { runFile } from '../recipes/pageFiles.js'
import { atTheEnd, usePage } from '../recipes/support.js'

usePage()

interface Opened {
  readonly titles: () => readonly string[]
  readonly count: () => Promise<number>
  readonly close: () => void
}
interface Command {
  readonly id?: number
  readonly connect?: { readonly token?: string }
  readonly subscribe?: { readonly channel: string }
  readonly rpc?: { readonly method: string }
}

/** What Centrifugo does in its JSON protocol, as far as the page needs it. */
const startServer = async () => {
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => wss.once('listening', resolve))
  const server = { tokens: [] as unknown[], pongs: 0, subscribed: [] as Client[] }
  const waiting: (() => void)[] = []
  const answer = (client: Client, { id, connect, subscribe, rpc }: Command): void => {
    const reply = (message: object) => client.send(JSON.stringify({ id, ...message }))
    if (id === undefined) server.pongs++
    if (connect) {
      server.tokens.push(connect.token)
      reply({ connect: { client: 'c', version: '5', ping: 25, pong: true } })
    }
    if (subscribe) {
      server.subscribed.push(client)
      reply({ subscribe: {} })
    }
    if (rpc)
      reply(rpc.method === 'count' ? { rpc: { data: 2 } } : { error: { code: 104, message: 'method not found' } })
    waiting.splice(0).forEach((check) => check())
  }
  wss.on('connection', (client) =>
    client.on('message', (frame: Buffer) => {
      for (const line of String(frame).split('\n')) if (line.trim() !== '') answer(client, JSON.parse(line) as Command)
    }),
  )
  atTheEnd(() => {
    wss.clients.forEach((client) => client.terminate())
    wss.close()
  })
  /** Resolves when the server has got what it waits for. */
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => waiting.push(resolve)) // oxlint-disable-line no-await-in-loop
  }
  return { wss, server, until, url: `ws://127.0.0.1:${(wss.address() as { port: number }).port}` }
}

const publish = (client: Client | undefined, title: string): void =>
  client?.send(`{}\n${JSON.stringify({ push: { channel: 'news', pub: { data: { title } } } })}`)

describe.each(['before', 'after'] as const)('the page about centrifuge-js, %s', (side) => {
  it('connects with a token, gets publications, calls, and subscribes again after a cut', async () => {
    const { wss, server, until, url } = await startServer()
    const { openNews } = runFile('docs/migration/centrifuge.md', `${side}/news.ts`) as {
      openNews: (url: string, getToken: () => Promise<string>, websocket?: unknown) => Opened
    }
    let tokens = 0
    const { titles, count, close } = openNews(url, async () => await Promise.resolve(`token ${++tokens}`), WebSocket)
    atTheEnd(close)
    await until(() => server.subscribed.length === 1)
    publish(server.subscribed[0], 'one')
    expect(await count()).toBe(2)
    expect(titles()).toEqual(['one'])
    wss.clients.forEach((client) => client.terminate())
    await until(() => server.subscribed.length === 2)
    publish(server.subscribed[1], 'two')
    expect(await count()).toBe(2)
    expect(titles()).toEqual(['one', 'two'])
    expect(server.tokens[0]).toBe('token 1')
  })
})
