import type { ConnectionRegistry } from '../connection/registry.js'
import type { ServerContext } from '../context.js'
import type { SocketServer } from '../SocketServer.js'
import { createExpiryTimers } from './expiry.js'
import { createHealth, type HealthState } from './health.js'
import type { LogEvent, LogLevel } from './serverLog.js'
import { feedServerMetrics } from './serverGauges.js'
import type { PendingAdmissions } from './pendingAdmissions.js'
import { createUsers } from './users.js'

/** What operators need of a server: health, users, metrics and the log. */
export interface Operations {
  /** The registry, with the connections by user and the timers of their authorisation. */
  readonly registry: ConnectionRegistry
  /** Begins an admission, which `disconnectUser` may refuse. */
  readonly beginAdmission: PendingAdmissions['begin']
  /** The members of a server. */
  readonly members: Pick<SocketServer, 'health' | 'handleLiveness' | 'handleReadiness' | 'user' | 'disconnectUser'>
  /** Starts to watch the server. */
  readonly start: (config: WatchedServer) => void
  /** Turns readiness off. */
  readonly beginClose: () => void
  /** Ends what uses the bus. It must not be closed yet. */
  readonly leaveBus: () => Promise<void>
}

/** What the operations watch. */
export interface WatchedServer {
  /** Rejects when the server cannot listen. */
  readonly ready: Promise<void>
  /** Returns the port. */
  readonly port: () => number | undefined
  /** Returns the number of sockets, also of clients that have not been admitted. */
  readonly sockets: () => number
  /** Returns the connections of all nodes. */
  readonly count: () => number
  /** `undefined` on a server without sessions. */
  readonly sessions: { readonly suspended: () => number; readonly keptBytes: () => number } | undefined
}

/** Writes what the events of a server say to its log. Problems are logged where they are reported. */
const logEvents = ({ on, log }: ServerContext, port: () => number | undefined): void => {
  const write = (level: LogLevel, kind: string, fields: LogEvent['fields'], message: string): void =>
    log.event({ level, kind, fields, message })
  on('listening', () => write('info', 'listening', { port: port() }, 'clients can connect'))
  on('add', ({ id, ip }) => write('debug', 'add', { connection: id, ip }, 'a client has connected'))
  on('remove', ({ id, ip }, { code, reason }) =>
    write('debug', 'remove', { connection: id, ip, code, reason }, 'a client has disconnected'),
  )
  on('suspend', ({ id, ip }, { code, reason }) =>
    write('debug', 'suspend', { connection: id, ip, code, reason }, 'a session waits for its client'),
  )
  on('resume', ({ id, ip }) => write('debug', 'resume', { connection: id, ip }, 'a session goes on'))
  on('refuse', (refused) => write('info', 'refuse', { ...refused }, 'a client was refused'))
  on('bus', ({ isConnected }) => {
    if (isConnected) write('info', 'bus', { isConnected }, 'the bus is connected')
  })
  on('close', () => write('info', 'close', {}, 'the server has closed'))
}

const watchServer = (
  context: ServerContext,
  registry: ConnectionRegistry,
  { health, set }: HealthState,
  { ready, port, sockets, count, sessions }: WatchedServer,
): void => {
  const { on, metrics } = context
  ready.catch(() => set('failed'))
  logEvents(context, port)
  if (!metrics) return
  const isReady = (): boolean => health().isReady
  const isBusConnected = (): boolean | undefined => health().bus?.isConnected
  feedServerMetrics(metrics, { on, registry, sockets, count, isBusConnected, isReady, sessions })
  on('close', metrics.end)
}

/** Creates the operations of a server. */
export const createOperations = (context: ServerContext, connections: ConnectionRegistry): Operations => {
  const { options, on, log } = context
  const health = createHealth(connections.size, options.bus !== undefined)
  const users = createUsers(context)
  const expiry = createExpiryTimers()
  const registry: ConnectionRegistry = {
    ...connections,
    add: (connection) => {
      connections.add(connection)
      users.add(connection)
      expiry.add(connection)
    },
    remove: (connection) => {
      connections.remove(connection)
      users.remove(connection)
      expiry.remove(connection)
    },
    reidentify: (connection, identity) => {
      users.remove(connection)
      expiry.remove(connection)
      connections.reidentify(connection, identity)
      users.add(connection)
      expiry.add(connection)
    },
  }
  on('bus', health.setBus)
  on('listening', () => {
    if (health.health().status === 'starting') health.set('ready')
  })
  on('close', () => health.set('closed'))
  return {
    registry,
    beginAdmission: users.beginAdmission,
    members: {
      health: health.health,
      handleLiveness: health.handleLiveness,
      handleReadiness: health.handleReadiness,
      user: users.user,
      disconnectUser: users.disconnectUser,
    },
    start: (server) => watchServer(context, registry, health, server),
    beginClose: () => {
      health.set('closing')
      const fields = { connections: registry.size() }
      log.event({ level: 'info', kind: 'closing', fields, message: 'the server is closing' })
    },
    leaveBus: users.stop,
  }
}
