import { messageOf } from '../../internal/errors.js'
import type { ClusterNode } from '../cluster/clusterNode.js'
import type { ServerContext } from '../context.js'
import type { SocketServerOptions } from '../options.js'
import type { ConnectionEnd } from '../SocketServer.js'
import type { ChannelChecks } from '../rpc/channelChecks.js'
import type { ServerRpc } from '../rpc/serverRpc.js'
import type { Channels } from './channels.js'
import { createServerInbound } from './inbound.js'
import type { MessageSource } from './messageSource.js'
import type { ConnectionRegistry } from './registry.js'
import { createServerConnection, type AdmittedSocket, type InternalConnection } from './serverConnection.js'

/** Begins and ends connections. */
export interface ConnectionLifetime {
  /** Creates the connection of an admitted socket, emits `add` and starts to process its frames. */
  readonly begin: (socket: AdmittedSocket) => InternalConnection
  /** The session of a connection waits for its client: emits `suspend`. */
  readonly suspend: (connection: InternalConnection, end: ConnectionEnd) => void
  /** The session of a connection goes on with another request, and perhaps other credentials: emits `resume`. */
  readonly resume: (connection: InternalConnection, socket: AdmittedSocket) => void
  /** The socket of a connection has closed: aborts its signals and ends its subscriptions. */
  readonly abort: (connection: InternalConnection) => void
  /** Removes a connection whose socket has closed, and emits `remove`. Frames that were received before may still be processed. */
  readonly end: (connection: InternalConnection, code: number, reason: string) => void
  /** All frames of a removed connection are done: ends the loops over its messages. */
  readonly finish: (connection: InternalConnection) => void
  /** Resolves when no `handler` of a connection is running. */
  readonly whenHandlersEnd: () => Promise<void>
}

/** What {@link createConnectionLifetime} needs. */
export interface ConnectionLifetimeConfig {
  readonly context: ServerContext
  readonly registry: ConnectionRegistry
  readonly channels: Channels
  readonly node: Pick<ClusterNode, 'reportOwnChange' | 'announceSoon'>
  readonly rpc: Pick<ServerRpc, 'receive'>
  readonly channelChecks: Pick<ChannelChecks, 'checkAgain'>
  /** The messages of all clients. */
  readonly messages: Pick<MessageSource<unknown>, 'emit'>
}

/** Runs the option `handler` for a connection, and closes the connection when it ends. Never rejects. */
const runHandler = async (
  handler: NonNullable<SocketServerOptions['handler']>,
  { view, report }: InternalConnection,
): Promise<void> => {
  try {
    await handler(view)
    view.close(1000)
  } catch (error) {
    // A handler may throw because its client has disconnected; that is not a problem.
    if (view.signal.aborted) return
    report('handler_failed', `The handler of a connection threw: ${messageOf(error)}`, error)
    view.close(1011, 'server error')
  }
}

/** Creates the lifetime of all connections of a server. */
export const createConnectionLifetime = (config: ConnectionLifetimeConfig): ConnectionLifetime => {
  const { context, registry, channels, node, rpc, messages, channelChecks } = config
  const { options, limits, codecs, guardFor, emit } = context
  const { handler } = options
  const inbound = createServerInbound({ options, limits, codecs, guardFor, receiveRpc: rpc.receive, messages })
  const running = new Set<Promise<void>>()

  return {
    begin: (socket) => {
      const connection = createServerConnection(socket, context, channels)
      registry.add(connection)
      node.announceSoon()
      emit('add', connection.view)
      node.reportOwnChange()
      if (handler) {
        const run = runHandler(handler, connection).finally(() => running.delete(run))
        running.add(run)
      }
      // Last, so that listeners added above get the first message.
      socket.frames.start(inbound(connection))
      return connection
    },
    suspend: ({ view }, end) => emit('suspend', view, end),
    resume: (connection, { ws, req, ip, user, params, identity }) => {
      Object.assign(connection.view, { ws, req, ip, user, params })
      registry.reidentify(connection, identity)
      channelChecks.checkAgain(connection)
      emit('resume', connection.view)
    },
    abort: (connection) => connection.abort(),
    end: (connection, code, reason) => {
      registry.remove(connection)
      node.announceSoon()
      connection.requests.end()
      emit('remove', connection.view, { code, reason })
      node.reportOwnChange()
    },
    finish: ({ calls, messages: own }) => {
      calls.end()
      own.end()
    },
    whenHandlersEnd: async () => void (await Promise.all(running)),
  }
}
