import { startEchoServer, type EchoServer } from '../../support/echoServer.js'
import { startFaultProxy } from '../../support/faultProxy.js'
import type { ServerControl, ServerCounts, ServerSnapshot } from '../environment.js'

export interface RealServer extends AsyncDisposable {
  /** The address of the fault proxy, to which clients connect. */
  readonly url: string
  readonly control: ServerControl
  readonly snapshot: () => ServerSnapshot
}

/** A `ws` server behind a TCP fault proxy, as a contract environment controls it. */
export const startRealServer = async (): Promise<RealServer> => {
  const server: EchoServer = await startEchoServer({
    echo: false,
    handleProtocols: (offered) => (offered.has('chat.v1') ? 'chat.v1' : ([...offered][0] ?? false)),
  })
  const proxy = await startFaultProxy(server.port)
  // Closes in the order in which they arrived, not in the order of the connections.
  const ended: { code: number; reason: string }[] = []
  const seenEnds = new Set<number>()

  const noteEnds = (): void => {
    server.connections.forEach((connection, index) => {
      if (connection.ended === null || seenEnds.has(index)) return
      seenEnds.add(index)
      ended.push(connection.ended)
    })
  }
  const snapshot = (): ServerSnapshot => {
    noteEnds()
    return {
      attempts: proxy.attempts,
      accepted: server.connections.length,
      open: server.open.length,
      paths: server.connections.map(({ path }) => path),
      received: server.received.map((frame) => (typeof frame === 'string' ? frame : Array.from(frame))),
      ended: ended.slice(),
    }
  }
  const invalidText = Uint8Array.of(0x81, 0x02, 0xff, 0xff)

  const reached = async ({ attempts = 0, accepted = 0, received = 0, ended: ends = 0 }: ServerCounts) => {
    await proxy.whenAttempted(attempts)
    await server.until(() => {
      noteEnds()
      return server.connections.length >= accepted && server.received.length >= received && ended.length >= ends
    })
    return snapshot()
  }

  const control: ServerControl = {
    snapshot: async () => snapshot(),
    reached,
    sendText: async (...texts) => {
      for (const text of texts) server.broadcast(text)
    },
    sendBinary: async (...frames) => {
      for (const frame of frames) server.broadcast(Uint8Array.from(frame))
    },
    sendNumbers: async (count) => {
      for (let index = 0; index < count; index++) server.broadcast(String(index))
    },
    sendMarked: async (count) => {
      for (let n = 0; n < count; n++) {
        for (const { socket } of server.open) {
          const connection = server.connections.findIndex((known) => known.socket === socket)
          socket.send(JSON.stringify({ connection, n }))
        }
      }
    },
    sendHuge: async (bytes) => server.broadcast(JSON.stringify('x'.repeat(bytes - 2))),
    sendInvalidText: async () => server.sendBytes(invalidText),
    echo: async (on) => {
      server.echo = on
    },
    closeAll: async (code, reason) => server.close(code, reason),
    dropAll: async () => proxy.drop(),
    refuse: async (on) => await (on ? proxy.refuse() : proxy.resume()),
    freeze: async (on) => {
      if (on) proxy.freeze()
      else await proxy.resume()
    },
    stop: async () => {
      await proxy.refuse('closed')
      await server.stop()
    },
    start: async () => {
      await server.start()
      await proxy.resume()
    },
  }
  return {
    url: `ws://127.0.0.1:${proxy.port}`,
    control,
    snapshot,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
