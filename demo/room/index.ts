// The server of the page "Sessions": a room in which every page hears every message, and four faults of its connections.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import * as v from 'valibot'
import { createSocketServer, type ServerConnection, type SocketServer } from '../../src/server/index.js'
import { draftSchema, type Draft, type RoomMessage } from '../src/room/messages.js'
import { createLine } from '../line.js'

/** How many messages the room keeps. */
const MAX_MESSAGES = 30

/** What a fault answers. */
export interface RoomStatus {
  /** Whether the server reads nothing of what the pages send. */
  readonly isHeld: boolean
  /** How many connections the fault has affected. */
  readonly affected?: number
}

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

/** The messages. They stay when a server is replaced, as those in a database do. */
const createHistory = () => {
  const messages: RoomMessage[] = []
  let count = 0
  return {
    messages,
    /** Adds a message. `undefined` for one that the user has sent again although it was handled. */
    add: ({ isRepeated, ...draft }: Draft): RoomMessage | undefined => {
      if (isRepeated && messages.some(({ id }) => id === draft.id)) return undefined
      count += 1
      const message = { ...draft, n: count }
      messages.push(message)
      if (messages.length > MAX_MESSAGES) messages.shift()
      return message
    },
  }
}

export function createRoom({ onError }: RoomOptions): Room {
  const history = createHistory()
  const line = createLine()
  /** The last one gets the new connections. */
  const servers: SocketServer[] = []

  const say = (payload: unknown, sender: ServerConnection) => {
    const draft = v.safeParse(draftSchema, payload)
    const message = draft.success ? history.add(draft.output) : undefined
    // A page whose session goes on gets each message once, also what was said while it was away.
    if (message) for (const server of servers) server.broadcast({ type: 'room/heard', payload: message }, { except: sender })
  }
  const start = () => {
    const server = createSocketServer({
      noServer: true,
      path: '/room/live',
      session: {},
      onError: ({ code, message, error }) => onError(`${code}: ${message}`, error),
    })
    // A page with a new session gets the room. A resume is no `add`.
    server.on('add', (connection) => void connection.emit('room/entered', history.messages))
    server.onMessage('room/say', say)
    servers.push(server)
  }
  /** Starts another server, and ends the one before. */
  const replace = async (within: number) => {
    const former = servers.at(-1)
    start()
    await former?.close({ within })
    servers.shift()
  }
  start()
  const status = (): RoomStatus => ({ isHeld: line.isHeld() })
  const faults: Readonly<Record<string, () => RoomStatus | Promise<RoomStatus>>> = {
    hold: () => {
      line.hold()
      return status()
    },
    release: () => {
      line.release()
      return status()
    },
    cut: () => ({ affected: line.cut(), ...status() }),
    /** As in a deploy: the server says that it takes nothing more. */
    restart: async () => {
      line.release()
      await replace(1_000)
      return status()
    },
    /** The connections and the sessions are gone. The messages of the room are not. */
    crash: async () => {
      const affected = line.cut()
      await replace(0)
      return { affected, ...status() }
    },
  }
  return {
    handleUpgrade: (request, socket, head) => {
      line.watch(socket)
      servers.at(-1)?.handleUpgrade(request, socket, head)
    },
    faults: {
      status,
      has: (name) => Object.hasOwn(faults, name),
      run: async (name) => (await faults[name]?.()) ?? status(),
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close({ within: 0 })))
    },
  }
}
