import type { Contract } from '../actions/contract.js'
import { after } from '../internal/clock.js'
import { createSocketAttacher } from './attach/attach.js'
import { checkCloseOptions } from './closeOptions.js'
import { createChannelPresence, observeChannels } from './cluster/channelPresence.js'
import { createClusterNode } from './cluster/clusterNode.js'
import { createSocketAcceptor } from './connection/acceptSocket.js'
import { createChannels } from './connection/channels.js'
import { createConnectionLifetime } from './connection/lifetime.js'
import { createMessageSource } from './connection/messageSource.js'
import { createConnectionRegistry } from './connection/registry.js'
import { createServerContext } from './context.js'
import { addHistory, createChannelHistory } from './history/channelHistory.js'
import { closeGracefully } from './gracefulClose.js'
import { createAdmission } from './http/admission.js'
import { createConnectionLimits } from './http/connectionLimits.js'
import { createHttpCalls } from './http/httpCalls.js'
import { createUpgradeListener } from './http/listen.js'
import type { PathParams } from './http/path.js'
import { createUpgrade } from './http/upgrade.js'
import { checkServerOptions } from './optionChecks.js'
import type { AuthorizeVerdict, SocketServerOptions, UserOf } from './options.js'
import { createOperations } from './operations/operations.js'
import { createReauthentication } from './operations/reauthentication.js'
import { createChannelChecks } from './rpc/channelChecks.js'
import { createServerRpc } from './rpc/serverRpc.js'
import { createSessions } from './session/sessions.js'
import type { CloseOptions, SocketServer } from './SocketServer.js'
import type { Mirror } from './types.js'

/** The type of {@link createSocketServer}. */
export interface CreateSocketServer<C extends Contract> {
  <
    const Path extends string = string,
    Params = PathParams<Path>,
    Receive = C['receive'],
    Send = C['send'],
    Verdict extends AuthorizeVerdict = never,
  >(
    options: SocketServerOptions<Types<Receive, Send, UserOf<Verdict>, Params>, Verdict, Params, Path>,
  ): SocketServer<Types<Receive, Send, UserOf<Verdict>, Params>>
  /**
   * Returns the same function, typed by a contract as this end sees it; for a client's contract that is `Mirror<Theirs>`. Its members are optional: what is
   * left out is `unknown`.
   */
  // Mirrored twice it is the same contract with both members.
  readonly withTypes: <Typed extends Partial<Contract>>() => CreateSocketServer<Mirror<Mirror<Typed>>>
}

interface Types<Receive, Send, User, Params> {
  readonly receive: Receive
  readonly send: Send
  readonly user: User
  readonly params: Params
}

const waitFor = async (ms: number): Promise<void> => await new Promise((resolve) => void after(ms, resolve))

const DEFAULT_CLOSE_WINDOW = 10_000

const portOf = (address: ReturnType<SocketServer['address']>): number | undefined =>
  typeof address === 'object' ? address?.port : undefined

/** Creates the parts of a server in the order of their dependencies. */
const createParts = (options: SocketServerOptions) => {
  const context = createServerContext(options)
  const { limits, report, emit } = context
  const operations = createOperations(context, createConnectionRegistry())
  const { registry, beginAdmission } = operations
  const history = createChannelHistory(context)
  const ownChannels = addHistory(createChannels(report), history)
  const presence = createChannelPresence({ context, publish: ownChannels.publish })
  const channels = observeChannels(ownChannels, presence)
  const messages = createMessageSource({ toItem: (message, sender) => [message, sender] as const })
  const node = createClusterNode(context, registry, channels, history)
  const { admit, reauthorize } = createAdmission(context)
  const channelChecks = createChannelChecks(context)
  const reauthenticate = createReauthentication({ context, registry, beginAdmission, reauthorize, channelChecks })
  const rpc = createServerRpc(context, reauthenticate, channelChecks)
  const lifetime = createConnectionLifetime({ context, registry, channels, node, rpc, channelChecks, messages })
  const sessions = limits.session && createSessions({ context, settings: limits.session, lifetime })
  const state = { isClosing: false }
  const isClosing = () => state.isClosing
  const acceptor = createSocketAcceptor({
    ...context,
    admit,
    beginAdmission,
    lifetime,
    sessions,
    onRefused: (refused, req) => emit('refuse', refused, req),
    isClosing,
  })
  // One for both, so that an address has one budget.
  const limitConnections = createConnectionLimits(limits, acceptor.count)
  const upgrade = createUpgrade({ context, acceptor, limitConnections, isClosing })
  const attacher = createSocketAttacher({ context, acceptor, limitConnections, isClosing })
  const http = createHttpCalls({ context, admit, beginAdmission, execute: rpc.execute, isClosing })
  const listener = createUpgradeListener({ target: options, upgrade, report })
  const port = () => portOf(listener.address())
  operations.start({ ready: listener.ready, port, sockets: acceptor.count, count: node.count, sessions })
  return {
    context,
    operations,
    registry,
    messages,
    node,
    presence,
    history,
    rpc,
    lifetime,
    sessions,
    state,
    acceptor,
    attacher,
    http,
    listener,
  }
}

const closeServer = async (
  parts: ReturnType<typeof createParts>,
  { within = DEFAULT_CLOSE_WINDOW, unreadyFor = 0 }: CloseOptions,
): Promise<void> => {
  const {
    context,
    operations,
    registry,
    messages,
    node,
    presence,
    history,
    lifetime,
    sessions,
    state,
    acceptor,
    http,
    listener,
  } = parts
  operations.beginClose()
  if (unreadyFor > 0) await waitFor(unreadyFor)
  state.isClosing = true
  sessions?.beginClose()
  await closeGracefully({
    within,
    closeTimeout: context.limits.closeTimeout,
    connections: registry.all(),
    acceptor,
    sessions,
    http,
    whenHandlersEnd: lifetime.whenHandlersEnd,
    listener,
    closeCluster: async () => {
      await operations.leaveBus()
      await presence.close()
      await sessions?.closeStore()
      history.close()
      await node.close()
    },
  })
  messages.end()
  context.emit('close')
}

/**
 * Emits `listening`. Returns the promise of it. When it rejects, nothing listens to `error` and nothing awaits it, then the rejection ends the process, as an
 * unheard `error` of Node's servers does: a process without its server must not exit with 0.
 */
const announceReady = ({ context, listener }: ReturnType<typeof createParts>): Promise<void> => {
  const ready = listener.ready.then(() => context.emit('listening'))
  listener.ready.catch(() => {
    if (context.hasErrorListener()) ready.catch(() => {})
  })
  return ready
}

const create = (given: unknown, ...more: readonly unknown[]): SocketServer => {
  const parts = createParts(checkServerOptions(given, more))
  const { context, operations, registry, messages, node, presence, history, rpc, attacher, http, listener } = parts
  const ready = announceReady(parts)
  let closed: Promise<void> | undefined
  const close: SocketServer['close'] = (window) => {
    try {
      const checked = checkCloseOptions(window)
      return (closed ??= closeServer(parts, checked))
    } catch (error) {
      const invalid = error as Error
      return Promise.reject(invalid)
    }
  }
  const server: SocketServer = {
    ready,
    address: listener.address,
    get port() {
      return portOf(listener.address())
    },
    on: context.on,
    onMessage: messages.onType,
    messages,
    connections: registry.view,
    count: node.count,
    broadcast: (data, { except } = {}) => node.broadcast(data, except),
    emit: (type, payload, { except } = {}) => node.broadcast({ type, payload }, except),
    publish: node.publish,
    channel: history.declare,
    position: history.position,
    flush: node.flush,
    members: presence.members,
    methods: (added) => {
      rpc.methods.add(added)
      return added
    },
    handleUpgrade: listener.handleUpgrade,
    ...attacher,
    handleHttp: http.handle,
    close,
    ...operations.members,
    [Symbol.asyncDispose]: async () => await server.close(),
  }
  return server
}

/**
 * Creates a WebSocket server: on a port of its own, on the port of an HTTP server, or for upgrades that the app hands to it. Clients can connect
 * when `ready` resolves. See docs/server.md.
 * @throws `invalid_option` for an option that is unknown or malformed, and unless exactly one of `port`, `server` and `noServer` is given
 */
export const createSocketServer: CreateSocketServer<Contract> = /* @__PURE__ */ Object.assign(create as never, {
  withTypes: () => createSocketServer as never,
})
