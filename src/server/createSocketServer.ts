import type { Contract } from '../actions/contract.js'
import { json } from '../codec/json.js'
import { createAccept } from './connection/acceptSocket.js'
import { createAdmission } from './http/admission.js'
import { createBroadcasting } from './cluster/broadcast.js'
import { createChannels } from './connection/channels.js'
import { closeGracefully } from './gracefulClose.js'
import { createCluster } from './cluster/cluster.js'
import { createRegistry } from './connection/registry.js'
import { createEmitter } from './emitter.js'
import { createFeed } from './connection/messageSource.js'
import { createHandlers } from './connection/handlers.js'
import { createHandleHttp } from './http/httpCalls.js'
import { createInbound } from './connection/inbound.js'
import { createListener, type Target } from './http/listen.js'
import { checkOptions, withDefaults, type SocketServerOptions, type UserOf } from './options.js'
import type { PathParams } from './http/path.js'
import { createPeer, type Arrival, type Peer, type PeerParts } from './connection/serverConnection.js'
import { createGuard, createReport, encodeProblem, type Guard, type Report } from './problems.js'
import { createProducers } from './connection/producers.js'
import { createAnswer } from './rpc/callExecutor.js'
import { createBuiltins } from './rpc/protocolMethods.js'
import { createMethodTable } from './rpc/methods.js'
import type { ServerEvents, SocketServer } from './SocketServer.js'
import type { ServerCodec } from './types.js'
import { createUpgrade } from './http/upgrade.js'

/** The type of {@link createSocketServer}. */
export interface CreateSocketServer<C extends Contract> {
  <
    const Path extends string = string,
    Params = PathParams<Path>,
    Receive = C['receive'],
    Send = C['send'],
    Verdict = undefined,
  >(
    target: Target<Path>,
    options?: SocketServerOptions<Types<Receive, Send, UserOf<Verdict>, Params>, Verdict, Params>,
  ): SocketServer<Types<Receive, Send, UserOf<Verdict>, Params>>
  /** The same function, typed by a contract: this end's, so for a client's one `Mirror<Theirs>`. */
  readonly withTypes: <Typed extends Contract>() => CreateSocketServer<Typed>
}

interface Types<Receive, Send, User, Params> {
  readonly receive: Receive
  readonly send: Send
  readonly user: User
  readonly params: Params
}

const eventNames = new Set<string>(['add', 'remove', 'refuse', 'error', 'listening', 'close', 'presence', 'bus'])

const create = (target: Target, options: SocketServerOptions = {}): SocketServer => {
  checkOptions(options)
  const limits = withDefaults(options)
  const codecs: readonly ServerCodec[] =
    options.codec === undefined ? [json()] : ([] as ServerCodec[]).concat(options.codec)
  const sendSchema = options.schema?.send

  // Errors first: everything else tells them.
  const emitter = createEmitter<ServerEvents>(() => guard)
  const report: Report = createReport(() => [
    ...(options.onError ? [options.onError] : []),
    ...emitter.listeners('error'),
  ])
  const guard: Guard = createGuard(report)
  const reportEncode = (error: unknown) => report(encodeProblem(error))

  const registry = createRegistry()
  const channels = createChannels(reportEncode)
  const feed = createFeed(guard, (message, sender) => [message, sender] as const)
  const methods = createMethodTable()
  const answer = createAnswer(methods, report, limits.maxBatch)
  const admit = createAdmission(options, limits, report)
  const handlers = createHandlers(options.handler)
  const builtins = createBuiltins({
    authorizeChannel: options.authorizeChannel,
    producers: createProducers(options.channels),
  })
  const inbound = createInbound({ options, limits, answer, builtins, feed })
  const broadcasting = createBroadcasting({
    peers: registry.peers,
    channels,
    cluster: () => cluster,
    sendSchema,
    guard,
    report,
  })
  const count = (): number => registry.size() + cluster.others()
  let countTold = 0
  const tellCount = () => {
    if (countTold === count()) return
    countTold = count()
    emitter.emit('presence', countTold)
  }
  const cluster = createCluster({
    bus: options.bus,
    codec: codecs[0]!,
    nodeTimeout: limits.nodeTimeout,
    size: registry.size,
    deliver: broadcasting.deliver,
    othersChanged: tellCount,
    onStatus: (status) => emitter.emit('bus', status),
    report,
  })

  const parts: PeerParts = {
    codecs,
    limits,
    sendSchema,
    channels,
    report,
    guard,
    hasHandler: options.handler !== undefined,
  }
  const enter = (arrival: Arrival): Peer => {
    const peer = createPeer(arrival, parts)
    registry.add(peer)
    cluster.changed()
    emitter.emit('add', peer.connection)
    tellCount()
    handlers.run(peer)
    // Last: whoever listens to its messages by now misses none.
    arrival.line.open(inbound(peer))
    return peer
  }
  const leave = (peer: Peer, code: number, reason: string) => {
    registry.remove(peer)
    cluster.changed()
    peer.end()
    emitter.emit('remove', peer.connection, { code, reason })
    tellCount()
  }

  let closing: Promise<void> | undefined
  const isClosing = () => closing !== undefined
  const { accept, sockets, whenEmpty } = createAccept({
    admit,
    limits,
    report,
    enter,
    leave,
    onRefused: (refused, req) => emitter.emit('refuse', refused, req),
    isClosing,
  })

  const take = createUpgrade({ options, limits, codecs, report, accept, isClosing })
  const listener = createListener(target, options.backlog, take, report)
  void listener.ready.then(
    () => emitter.emit('listening'),
    () => {},
  )

  const close = async (within: number): Promise<void> => {
    await closeGracefully(
      {
        limits,
        sockets,
        peers: registry.peers,
        whenEmpty,
        whenHandled: handlers.whenEmpty,
        stop: listener.stop,
        finish: listener.finish,
        leaveCluster: cluster.close,
      },
      within,
    )
    feed.end()
    emitter.emit('close')
  }

  const server: SocketServer = {
    ready: listener.ready,
    address: listener.address,
    get port() {
      const address = listener.address()
      return typeof address === 'object' ? address?.port : undefined
    },
    on: (name: string, heard: (...args: never) => unknown) =>
      eventNames.has(name) ? emitter.on(name as keyof ServerEvents, heard as never) : feed.on(name, heard as never),
    messages: feed,
    connections: registry.view,
    count,
    broadcast: (data, { except } = {}) => broadcasting.broadcast(data, except),
    emit: (type, payload, { except } = {}) => broadcasting.broadcast({ type, payload }, except),
    publish: broadcasting.publish,
    methods: (added) => {
      methods.add(added)
      return added
    },
    handleUpgrade: listener.handleUpgrade,
    handleHttp: createHandleHttp({ answer, admit, limits, report }),
    close: ({ within = 10_000 } = {}) => (closing ??= close(within)),
    [Symbol.asyncDispose]: async () => await server.close(),
  }
  return server
}

/**
 * Creates a WebSocket server: on a port of its own, on that of an HTTP server, or for upgrades handed to it. Connections can be made
 * once `ready` resolves.
 * @throws `invalid_option` for a target or an option that is malformed
 */
export const createSocketServer: CreateSocketServer<Contract> = /* @__PURE__ */ Object.assign(create as never, {
  withTypes: () => createSocketServer as never,
})
