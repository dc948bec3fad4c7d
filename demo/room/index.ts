// The server of the page "Sessions": every page gets every message, and faults break the connections.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import * as v from 'valibot'
import { createSocketServer, type ServerConnection, type SocketServer } from '../../src/server/index.js'
import { createLine, type Line } from '../line.js'
import { draftSchema, type RoomFaultName, type RoomStatus } from '../src/room/messages.js'
import { createHistory, type History } from './history.js'

export interface RoomOptions {
  /** Called with errors that no response reports. */
  readonly onError: (message: string, error: unknown) => void
}

export interface Room {
  /** Handles upgrade requests for `/room/live`. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly faults: {
    readonly status: () => RoomStatus
    readonly has: (name: string) => boolean
    readonly run: (name: string) => Promise<RoomStatus>
  }
  readonly close: () => Promise<void>
}

/** Servers that replace each other. The last one gets the new connections. */
interface Servers {
  readonly current: () => SocketServer
  /** Starts a server, then closes the one before. `within` is the time for that, in milliseconds. */
  readonly replace: (within: number) => Promise<void>
  readonly close: () => Promise<void>
}

const createServers = (history: History, { onError }: RoomOptions): Servers => {
  const servers: SocketServer[] = []
  const say = (payload: unknown, sender: ServerConnection) => {
    const draft = v.safeParse(draftSchema, payload)
    const message = draft.success ? history.add(draft.output) : undefined
    if (message === undefined) return
    // A page that is away gets it when its session goes on.
    for (const server of servers) server.broadcast({ type: 'room/said', payload: message }, { except: sender })
  }
  const start = (): SocketServer => {
    const server = createSocketServer({
      noServer: true,
      path: '/room/live',
      session: {},
      onError: ({ code, message, error }) => onError(`${code}: ${message}`, error),
    })
    // For new sessions only: a session that goes on emits `resume`.
    server.on('add', (connection) => void connection.emit('room/entered', history.messages))
    server.onMessage('room/say', say)
    servers.push(server)
    return server
  }
  let current = start()
  return {
    current: () => current,
    async replace(within) {
      const former = current
      current = start()
      await former.close({ within })
      servers.splice(servers.indexOf(former), 1)
    },
    close: async () => void (await Promise.all(servers.map(async (server) => server.close({ within: 0 })))),
  }
}

type Faults = Readonly<Record<RoomFaultName, () => number | undefined | Promise<number | undefined>>>

const createFaults = (line: Line, servers: Servers): Faults => {
  const release = () => {
    line.release('up')
    line.release('down')
  }
  const quietly = (run: () => void) => () => {
    run()
    return undefined
  }
  return {
    'hold-up': quietly(() => line.hold('up')),
    'release-up': quietly(() => line.release('up')),
    'hold-down': quietly(() => line.hold('down')),
    'release-down': quietly(() => line.release('down')),
    cut: () => line.cut(),
    /** Like a deploy: the server handles what has arrived, and ends the sessions. */
    async restart() {
      release()
      await servers.replace(1_000)
      return undefined
    },
    /** The connections and the sessions are gone. */
    async crash() {
      const affected = line.cut()
      await servers.replace(0)
      return affected
    },
  }
}

export function createRoom(options: RoomOptions): Room {
  const history = createHistory()
  const line = createLine()
  const servers = createServers(history, options)
  const faults = createFaults(line, servers)
  const has = (name: string): name is RoomFaultName => Object.hasOwn(faults, name)
  const status = (): RoomStatus => ({
    isUpHeld: line.isHeld('up'),
    isDownHeld: line.isHeld('down'),
    handled: history.count(),
  })
  return {
    handleUpgrade: (request, socket, head) => {
      line.watch(socket)
      servers.current().handleUpgrade(request, socket, head)
    },
    faults: {
      status,
      has,
      run: async (name) => {
        const affected = has(name) ? await faults[name]() : undefined
        return { ...status(), ...(affected !== undefined && { affected }) }
      },
    },
    close: servers.close,
  }
}
