import { OPEN } from '../connection/attempt.js'
import { compareAddresses, nextAddress } from '../connection/address.js'
import type { Connection } from '../connection/connection.js'
import type { ConnectionSettings } from '../connection/core.js'
import type { Link } from '../connection/hooks.js'
import { createSendQueue } from '../connection/sendQueue.js'
import type { LostSocket } from '../connection/reconnectPolicy.js'
import type { Address, WebSocketClass } from '../connection/types.js'
import { onPage } from '../internal/environment.js'
import { sessionProtocol } from '../internal/sessionFrames.js'
import { toQueueLimits } from '../features/queue.js'
import { entryPatch } from '../middleware/entryPatch.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'
import * as order from '../middleware/order.js'
import { breakSession, disconnect, sayHello, leave, loseSession } from './clientSession.js'
import { acknowledgeNow, renew, report, type ConnectionSession, type SessionOutboxHooks } from './connectionSession.js'
import { gateProtocol } from './protocolGate.js'
import { checkSession, windowOf } from './sessionOptions.js'
import { createSessionQueue, type SessionQueue } from './sessionQueue.js'
import { unanswered, wrapSocket } from './countingSocket.js'

const createOwn = (options: SocketMiddlewareOptions, address: Address): ConnectionSession => {
  const own = {
    address,
    base: address,
    limits: windowOf(options),
    verdict: 'none',
    maxPayload: Infinity,
    acknowledged: [],
    ackDueAt: Infinity,
    held: [],
  } as Partial<ConnectionSession> as ConnectionSession
  own.session = renew(own)
  return own
}

const sessionSettings = (
  options: SocketMiddlewareOptions,
  { address, createQueue, findClass, reconnect }: ConnectionSettings,
): Partial<ConnectionSettings> => {
  const own = createOwn(options, address)
  return {
    findClass: () => {
      const Class = findClass()
      return function (url: string, protocols?: string | string[]) {
        return (own.latest = wrapSocket(own, new Class(url, protocols)))
      } as unknown as WebSocketClass
    },
    // Without a queue of another feature, sends wait for room in the window only while the connection is open.
    createQueue: createSessionQueue(own, createQueue ?? ((context) => createSendQueue(context, toQueueLimits(false)))),
    reconnect: {
      ...reconnect,
      // The session is on another connection: this one goes on without it.
      override: (lost: LostSocket) =>
        reconnect.override?.(lost) ?? ((lost.close.code === 4409 && own.session.key !== undefined) || undefined),
    },
  }
}

/** Puts the session in front of the commands that end it: a close, and a connect to another place. */
const wrapConnection = (own: ConnectionSession): void => {
  const { connection } = own.context
  const { close, connect, dispose } = connection
  /** Where there is no socket to say `bye` on. */
  const giveUp = () => {
    loseSession(own.session)
    own.session = renew(own)
  }
  const leaveBy = <Result>(run: () => Result): Result => {
    // Before the next attempt, which offers the subprotocols of the session.
    if (own.session.phase !== 'ready') giveUp()
    const { session } = own
    own.isLeaving = true
    const result = run()
    own.isLeaving = false
    if (own.session === session) giveUp()
    return result
  }
  Object.assign(connection, {
    close: (...args) => leaveBy(() => close(...args)),
    dispose: () => leaveBy(dispose),
    connect: (given: Address & { readonly handover?: boolean } = {}, keepQueue) => {
      const { handover, ...parts } = given
      const next = nextAddress(own.base, own.address, parts)
      const { isElsewhere } = compareAddresses(own.address, next)
      own.address = next
      own.isUnanswered = false
      const run = () => connect(given, keepQueue)
      return isElsewhere && !handover ? leaveBy(run) : run()
    },
  } satisfies Partial<Connection>)
}

/** The subprotocols to offer, the preferred one first. */
const offerOf = ({ context, isUnanswered, session }: ConnectionSession): readonly string[] => {
  const { options, pipeline } = context
  const { codec, codecs = [codec] } = options
  if (isUnanswered || pipeline.isPlainText) return []
  const all = session.codec === undefined ? codecs.map((one) => one?.subprotocol ?? '') : [session.codec]
  // A browser fails a connection whose server selects none of the subprotocols (WHATWG WebSockets): one without sessions selects the codec.
  return [...all.map(sessionProtocol), ...all.map((name) => name || 'json')]
}

const onGone = (own: ConnectionSession): void => {
  const { current, session } = own
  own.wasGreeting = session.phase === 'greeting'
  own.cancelAck?.()
  own.cancelAck = own.onCaughtUp = undefined
  own.pacer?.cancelTurn?.()
  // A handover keeps its socket. When the next one is lost, frames are read from the one after that: they come again there.
  if (!current || (current === own.latest && current.isKeptOpen())) return
  own.held = []
  own.current = undefined
  disconnect(session)
}

/** Asks for the session, once the handshakes are done. */
const askForSession = (own: ConnectionSession, link: Link): Promise<void> | undefined => {
  const { latest } = own
  own.link = link
  own.held = []
  if (latest?.codec() === undefined) {
    own.verdict = 'none'
    own.current = undefined
    disconnect(own.session)
    loseSession(own.session)
    return undefined
  }
  return new Promise<void>((resolve) => {
    own.onGreeted = resolve
    own.current = latest
    latest.hasGreeted = true
    sayHello(own.session)
  })
}

const createSessionHooks = (own: ConnectionSession): FeatureHooks => {
  const { connection, hooks, part } = own.context
  const { sends } = connection
  let stopPage: (() => void) | undefined
  hooks.attach(order.first, { offer: () => offerOf(own) })
  hooks.attach(order.greeting, { beforeReady: (link) => askForSession(own, link) })
  hooks.attach(order.early + 1, {
    onReady: () => {
      const { held = [] } = own
      own.held = undefined
      for (const deliver of held) deliver()
    },
  })
  return {
    // A handover does not wait for them.
    isBusy: () => !own.held && own.session.unacked.length > 0,
    onActive: (isActive) => {
      stopPage?.()
      stopPage = isActive
        ? onPage('pagehide', ({ persisted }) => {
            if (!persisted && !own.outbox?.onPageLeft() && own.session.phase === 'ready') leave(own.session)
          })
        : undefined
    },
    onLinkEnd: () => {
      if (own.current?.readyState === OPEN) acknowledgeNow(own)
      // The session knows better what has arrived.
      if (own.verdict !== 'none') sends.confirmed = sends.sent
    },
    onLost: () => onGone(own),
    onEvent: ({ type, payload }) => {
      if (type === 'opened') {
        Object.assign(payload, { session: own.verdict })
        part(entryPatch)({ session: own.verdict })
      }
      if (type === 'closed') {
        if (payload.code === 4409 && own.session.key !== undefined) breakSession(own.session)
        if (own.cancelReport) report(own)
      }
      const isTimeout = type === 'error' && payload.code === 'connect_timeout'
      // A server that has answered before has sessions: then it is the network.
      if (isTimeout && own.wasGreeting && own.session.codec === undefined) {
        own.isUnanswered = true
        connection.events.report(unanswered())
      }
    },
    onDispose: () => {
      if (own.cancelReport) report(own)
    },
  }
}

const create = (context: FeatureContext): FeatureHooks | undefined => {
  const { own } = context.connection.queue as SessionQueue
  const { hooks, options } = context
  const { attach } = hooks
  own.context = context
  wrapConnection(own)
  // A state that was restored may have those of another page load.
  context.part(entryPatch)({ session: 'none', unacknowledged: [] })
  Object.assign(hooks, {
    attach: (at, given) => attach(at, at === order.protocol ? gateProtocol(own, given) : given),
  } satisfies Partial<typeof hooks>)
  own.outbox = options.session!.storage?.open(own as never) as SessionOutboxHooks | undefined
  return createSessionHooks(own)
}

/**
 * Carries out the option `session`: no send is lost or delivered twice over lost connections. Needs the companion server with its option `session`, or another
 * server that speaks `reduplex.session.1` (docs/protocol.md). With any other server the connection is an ordinary one. See docs/sessions.md.
 */
export const sessionFeature: Feature<'session'> = {
  options: ['session'],
  order: order.session,
  check: __DEV__ ? checkSession : undefined,
  settings: (options, base) => (options.session ? sessionSettings(options, base) : {}),
  create: (context) => (context.options.session ? create(context) : undefined),
}
