import { Server, WebSocket as MockWebSocket, type Client } from 'mock-socket'
import type { Opened, ServerControl, ServerSnapshot } from '../environment.js'
import { openEnvironment } from './openEnvironment.js'
import { watchSnapshots } from './watchSnapshots.js'

let environments = 0

const unable = (what: string) => async (): Promise<never> => {
  throw new Error(`mock-socket has no way to ${what}: leave this case out`)
}

/** The client and the server of mock-socket. What it cannot do throws; the suite leaves out what it does differently. */
export const openMockSocketEnvironment = async (): Promise<Opened> => {
  environments += 1
  const url = `ws://mock-${environments}.example`
  const clients: Client[] = []
  const received: (string | number[])[] = []
  const ended: { code: number; reason: string }[] = []
  let attempts = 0
  let refuses = false
  let echoes = false

  const isOpen = (client: Client): boolean => client.readyState === MockWebSocket.OPEN
  const snapshot = (): ServerSnapshot => ({
    attempts,
    accepted: clients.length,
    open: clients.filter(isOpen).length,
    paths: clients.map((client) => new URL(client.url).pathname),
    received: received.slice(),
    ended: ended.slice(),
  })
  const { changed, reached } = watchSnapshots(snapshot)

  const server = new Server(url, {
    mock: false,
    verifyClient: () => {
      attempts += 1
      changed()
      return !refuses
    },
    selectProtocol: (offered) => (offered.includes('chat.v1') ? 'chat.v1' : (offered[0] ?? '')),
  })
  server.on('connection', (client) => {
    clients.push(client)
    client.on('message', (data) => {
      received.push(typeof data === 'string' ? data : Array.from(new Uint8Array(data as ArrayBuffer)))
      changed()
      if (echoes) client.send(data)
    })
    client.on('close', ((event: CloseEvent) => {
      ended.push({ code: event.code, reason: event.reason })
      changed()
    }) as () => void)
    changed()
  })

  const each = async (act: (client: Client, index: number) => void): Promise<void> => {
    await Promise.resolve()
    clients.forEach((client, index) => {
      if (isOpen(client)) act(client, index)
    })
  }

  const control: ServerControl = {
    snapshot: async () => snapshot(),
    reached,
    sendText: async (...texts) => await each((client) => texts.forEach((text) => client.send(text))),
    sendBinary: async (...frames) =>
      await each((client) => frames.forEach((frame) => client.send(Uint8Array.from(frame).buffer))),
    sendNumbers: async (count) =>
      await each((client) => {
        for (let index = 0; index < count; index++) client.send(String(index))
      }),
    sendMarked: async (count) =>
      await each((client, connection) => {
        for (let n = 0; n < count; n++) client.send(JSON.stringify({ connection, n }))
      }),
    sendHuge: async (bytes) => await each((client) => client.send(JSON.stringify('x'.repeat(bytes - 2)))),
    sendInvalidText: unable('send invalid UTF-8'),
    echo: async (on) => {
      echoes = on
    },
    closeAll: async (code, reason) =>
      await each((client) => client.close({ code: code ?? 1005, reason: reason ?? '', wasClean: true })),
    dropAll: unable('cut a connection'),
    refuse: async (on) => {
      refuses = on
    },
    freeze: unable('freeze a connection'),
    stop: unable('end every connection unclean and come back'),
    start: unable('come back'),
  }

  return openEnvironment({
    runtime: 'mock-socket',
    WebSocket: MockWebSocket as unknown as typeof WebSocket,
    url,
    server: control,
    snapshot,
    close: () => server.close(),
  })
}
