import { Buffer } from 'node:buffer'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { FrameQueueConfig } from '../connection/frameQueue.js'
import { sizeOfPacket, toPacket, type Packet } from '../connection/packets.js'
import { reportOverRate } from '../connection/peerReports.js'
import type { AdmittedSocket, InternalConnection } from '../connection/serverConnection.js'
import type { KeptConnection, KeptConnectionConfig } from './keptConnection.js'
import { createNodeSessions, type NodeSessions } from './nodeSessions.js'
import { toSavedData } from './savedData.js'
import { createSessionHost, onDrained, type SessionsConfig, type SessionsState } from './sessionHost.js'
import { SocketLink, type SocketLinkConfig } from './sessionLink.js'
import { createSessionWire } from './sessionWire.js'
import { createStoreLink } from './storeLink.js'

/** The sessions of a server. */
export interface Sessions {
  /** Takes a client that was admitted and wants a session. */
  readonly open: (socket: AdmittedSocket) => SessionConnection
  /** Refuses all further sessions: the server is closing. */
  readonly beginClose: () => void
  /**
   * Ends the session of a connection because the server is closing, or hands it over to the store. Resolves when the frames that were taken are handled, or
   * with `giveUp`.
   */
  readonly finish: (connection: InternalConnection, giveUp: Promise<unknown>) => Promise<void>
  /** Ends all sessions at once. With a store other processes may have them. */
  readonly endAll: () => void
  /** Drops the frames that wait. */
  readonly dropFrames: () => void
  /** Resolves when no session is left, and the frames of all are done. */
  readonly whenEmpty: () => Promise<void>
  /** The memory of what is kept for clients, in bytes. */
  readonly keptBytes: () => number
  /** The number of sessions that wait for their clients. */
  readonly suspended: () => number
  /** Stops to use the store, and closes it. */
  readonly closeStore: () => Promise<void>
}

/** One WebSocket of a client that has a session, as the acceptor sees it. */
export interface SessionConnection {
  /** The connection, if the session has begun. */
  readonly connection: () => InternalConnection | undefined
  /** Counts a frame that cannot be read and closes the socket: the client must not send it again. */
  readonly skip: () => void
  /** The WebSocket has closed. */
  readonly closed: (code: number, reason: string) => void
}

/** How long a client may stay above its rate, unless `rate.patience` says so: what it sends comes again on its next connection. */
const PATIENCE = 10_000
const MAX_ORPHANS = 16
const MAX_TOMBSTONES = 10_000
const KEY_BYTES = 32

const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url')
// Copied through bytes: randomUUID joins many small strings, which would stay in memory.
const createId = (): string => Buffer.from(randomUUID()).toString()
const createKey = (): string => randomBytes(KEY_BYTES).toString('base64url')

const costOf = (packet: Packet) => {
  const { data } = packet
  return { bytes: sizeOfPacket(packet), shared: typeof data === 'string' ? undefined : data }
}

const toStored = ({ data, options }: Packet) =>
  options.binary || typeof data === 'string' ? (data as never) : (data as Buffer).toString()

const createFrameConfig = (
  { context }: SessionsState,
  node: () => NodeSessions<Packet>,
): FrameQueueConfig<KeptConnection> => {
  const { limits, options } = context
  const { patience = PATIENCE } = options.rate || {}
  const refuse = ({ session }: KeptConnection, reason: string) => node().drop(session, 4429, reason)
  return {
    rate: limits.rate && { ...limits.rate, patience },
    maxBytes: limits.maxPayload + 4 * 1024 * 1024,
    pause: ({ socket }) => socket.pause(),
    resume: ({ socket }) => socket.resume(),
    onOverRate: ({ connection }) => reportOverRate(context, connection),
    onImpatient: (kept) => refuse(kept, `More than ${limits.rate?.perSecond} messages a second`),
    onOverflow: (kept) => refuse(kept, 'too many messages wait'),
  }
}

/** The members of every welcome beside the counters. */
const termsOf = ({ context, settings }: SessionsConfig): object => {
  const { rate, maxPayload } = context.limits
  const { ttl, maxMessages, maxBytes } = settings
  return {
    ttl,
    window: { messages: maxMessages, bytes: maxBytes },
    maxPayload,
    ...(rate && { rate: { perSecond: rate.perSecond, burst: rate.burst } }),
  }
}

const createNode = (state: SessionsState, name: string): NodeSessions<Packet> => {
  const { context, settings, lifetime } = state
  const { limits } = context
  const store = context.options.session?.store
  const getNode = (): NodeSessions<Packet> => node
  const keptConfig: KeptConnectionConfig = {
    settings,
    node: getNode,
    hasStore: store !== undefined,
    lifetime,
    frameConfig: createFrameConfig(state, getNode),
    onSlowHandler: ({ report }) =>
      report(
        'handler_slow',
        `The listeners of a message took more than ${settings.handleTimeout} ms ("session.handleTimeout"): it counts as handled.`,
      ),
    onBegun: (kept, connection) => state.byConnection.set(connection, kept),
    onDrained: (kept) => onDrained(state, kept),
  }
  const node = createNodeSessions<Packet>({
    name,
    store,
    host: createSessionHost(state, () => keptConfig),
    limits: {
      ...settings,
      maxOrphans: MAX_ORPHANS,
      maxTombstones: MAX_TOMBSTONES,
      maxSuspended: limits.maxConnectionsPerIp,
      maxSuspendedTotal: limits.maxConnections,
    },
    createId,
    createKey,
    hashOf,
    costOf,
    terms: termsOf(state),
    dataOf: (session) => toSavedData(state.bySession.get(session)?.connection),
    toStored,
    fromStored: toPacket,
  })
  return node
}

const createConnection = (
  state: SessionsState,
  node: NodeSessions<Packet>,
  socket: AdmittedSocket,
  link: SocketLink,
  skip: () => void,
): SessionConnection => ({
  connection: () => {
    const session = node.sessionOf(link)
    return session && state.bySession.get(session)?.connection
  },
  skip,
  closed: (code, reason) => {
    link.end()
    const session = node.sessionOf(link)
    const kept = session && state.bySession.get(session)
    if (kept) kept.lastEnd = { code, reason }
    node.closed(link)
    socket.frames.stop()
  },
})

const createLinkConfig = (state: SessionsState, node: NodeSessions<Packet>): SocketLinkConfig => ({
  limits: state.context.limits,
  onSendError: (link, message) => {
    const session = node.sessionOf(link)
    if (!session) return
    const text = `The socket cannot send a frame: ${message}`
    const connection = state.bySession.get(session)?.connection
    // A listener to `add` sends before the session has its connection.
    if (connection) connection.report('encode_failed', text)
    else state.context.report({ code: 'encode_failed', message: text })
    node.lose(session, 'overflow', 1011, 'server error')
  },
})

/** Creates the sessions of a server. */
export const createSessions = (config: SessionsConfig): Sessions => {
  const { context } = config
  const state: SessionsState = {
    ...config,
    bySession: new Map(),
    byConnection: new Map(),
    draining: new Set(),
    emptyWaiters: [],
    onStoreError: () => {},
  }
  const name = randomUUID()
  const { store } = context.options.session ?? {}
  const node = createNode(state, name)
  const wire = createSessionWire({
    node,
    connectionOf: (session) => state.bySession.get(session),
    ping: context.limits.ping,
    hasStore: store !== undefined,
  })
  const linkConfig = createLinkConfig(state, node)
  const storeLink = createStoreLink({ node, name, store, settings: state.settings, report: context.report })
  state.onStoreError = storeLink.onError
  return {
    closeStore: storeLink.close,
    open: (socket) => {
      const link = new SocketLink(socket, linkConfig)
      // A process that is cut off from the store takes nothing: another one may have the session.
      socket.frames.start((frame) => {
        // A hello is answered with 1013 as long as the store cannot be reached.
        if (storeLink.isAwake() || (storeLink.isUnreachable() && !link.hasGreeted)) return wire.receive(link, frame)
        return storeLink.whenAwake().then(() => wire.receive(link, frame))
      })
      return createConnection(state, node, socket, link, () => wire.skip(link))
    },
    beginClose: node.beginClose,
    finish: async (connection, giveUp) => await finish(state, node, connection, giveUp),
    endAll: () => {
      for (const session of Array.from(node.sessions())) {
        if (store) node.abandonSession(session)
        else node.end(session, 1012, 'restart', true)
      }
    },
    dropFrames: () => {
      for (const { frames } of [...state.bySession.values(), ...state.draining]) frames.stop()
    },
    whenEmpty: async () => {
      if (state.bySession.size + state.draining.size > 0)
        await new Promise<void>((resolve) => state.emptyWaiters.push(resolve))
    },
    keptBytes: node.keptBytes,
    suspended: () => Array.from(state.bySession.keys()).filter(({ link }) => !link).length,
  }
}

const finish = async (
  state: SessionsState,
  node: NodeSessions<Packet>,
  connection: InternalConnection,
  giveUp: Promise<unknown>,
): Promise<void> => {
  const kept = state.byConnection.get(connection)
  if (!kept || !state.bySession.has(kept.session)) return
  const below = kept.socket.below()
  // Nothing more is read, so that the frames that were taken come to an end.
  kept.socket.pause()
  kept.frames.hurry()
  await Promise.race([kept.whenHandled(), giveUp])
  if (state.context.options.session?.store) await Promise.race([node.handOver(kept.session), giveUp])
  else node.end(kept.session, 1012, 'restart', true)
  // The client's close frame is read, also when the session has left its WebSocket.
  below?.resume?.()
  kept.socket.resume()
}
