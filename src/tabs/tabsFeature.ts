import type { LostSocket } from '../connection/reconnectPolicy.js'
import type { ReconnectDecision, WebSocketClass } from '../connection/types.js'
import { readAnswer } from '../features/beat.js'
import { heartbeatOptions } from '../features/heartbeatOptions.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import { now } from '../internal/clock.js'
import type { Guard } from '../internal/guard.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import type { Tab } from './hub.js'
import { encodeLeftovers } from './leftovers.js'
import { HANDOVER, type Note } from './notes.js'
import { reportConfirmed, takeUnconfirmed } from './progress.js'
import { numberRequests } from './sharedRpc.js'
import type { SharedSocket } from './SharedSocket.js'
import { refuseSession } from './refuseSession.js'
import { tabSlot, type TabConnection } from './tabConnection.js'

// The contract between a shared socket and the core: only the holder performs the handshake, sends heartbeats, and answers pings and requests of the server.

/** A hand-over is retried within this time, in milliseconds. */
const HANDOVER_MS = 100

/** Sends of a follower that are remembered until they are known to have arrived. */
const MAX_SEND_ENDS = 1_000

const isHandover = ({ close: { code, reason } }: LostSocket): boolean =>
  reason === HANDOVER && (code === 1001 || code === 1006)

const decideHandover = (lost: LostSocket): ReconnectDecision =>
  isHandover(lost) ? { delay: Math.round(Math.random() * HANDOVER_MS) } : undefined

/** As a follower: how many sends have arrived, by what the holder has reported. */
const countArrived = ({ sendEnds, socket }: TabConnection, { connection: { sends } }: FeatureContext): void => {
  while (sendEnds[0] && sendEnds[0][0] <= (socket!.hub?.confirmedBytes ?? 0)) sends.confirmed = sendEnds.shift()![1]
}

const unwatch = (own: TabConnection): void => {
  if (!own.watch) return
  own.watch.close()
  own.tab.watches.delete(own.watch)
  own.watch = undefined
}

/** While the connection waits for a retry: joins a newer connection of another tab at once. */
const watchOthers = (own: TabConnection, { connection: { retry }, taskQueue }: FeatureContext): void => {
  const { socket, tab } = own
  unwatch(own)
  if (!socket || tab.isAsleep) return
  // The connection that this one has left.
  const lastEpoch = socket.hub?.isOpen && socket.hub.epoch
  const watch = tab.platform.createChannel(socket.key)
  own.watch = watch
  tab.watches.add(watch)
  watch.onmessage = ({ data }: MessageEvent<Note>) => {
    if (data.t !== 'state' || !data.open || data.epoch === lastEpoch) return
    taskQueue.enqueue(() => {
      if (retry.isWaiting()) retry.moveTo(now())
    })
  }
}

const ignore = (): void => {}

/** The hooks of a feature, without what only the holder does. */
const limitToHolder = (own: TabConnection, context: FeatureContext, at: number, hooks: FeatureHooks): FeatureHooks => {
  const { beforeReady, onDecoded, onFrame, onReady, onSocketOpen } = hooks
  const limited: { -readonly [Name in keyof FeatureHooks]: FeatureHooks[Name] } = { ...hooks }
  // Where tabs share a session, each store asks its own tab for it.
  if (beforeReady && at !== order.greeting)
    limited.beforeReady = (link) => (own.isHolder ? beforeReady(link) : undefined)
  if (at === order.ping && onSocketOpen) {
    // Answers are consumed in all tabs, and sent by one.
    limited.onSocketOpen = (link) => onSocketOpen(own.isHolder ? link : { ...link, send: ignore })
  }
  if (at !== order.heartbeat || !onReady) return limited
  const { guard, part, pipeline } = context
  const isAnswer = (isOwn: typeof onFrame | typeof onDecoded) => (frame: ReceivedFrame, message?: unknown) => {
    if (!own.isHolder) return readAnswer({ guard, options: part(heartbeatOptions), pipeline }, frame, message) !== false
    const isOne = isOwn?.(frame, message) === true
    const bytes = isOne && own.unanswered.shift()
    if (bytes) reportConfirmed(own.socket!.hub!, bytes)
    return isOne
  }
  limited.onReady = (link) => {
    if (!own.isHolder) return
    onReady({
      ...link,
      send: (frame) => {
        own.unanswered.push(takeUnconfirmed(own.socket!.hub!))
        link.send(frame)
      },
    })
  }
  return Object.assign(limited, { onFrame: isAnswer(onFrame), onDecoded: isAnswer(onDecoded) })
}

const createOwnHooks = (own: TabConnection, context: FeatureContext): FeatureHooks => {
  const { sends } = context.connection
  return {
    onSocketOpen: () => {
      own.isHolder = own.socket!.isHolder
      own.unanswered = []
      own.sendEnds = []
      own.isProven ??= sends.isProven
      // A follower learns from the holder what has arrived. A message of the server is no sign of it.
      sends.isProven = own.isProven || !own.isHolder
    },
    // The handshakes are done.
    resume: () => own.socket!.ready(),
    onFrame: () => {
      const hub = own.socket!.hub!
      if (own.isHolder && !own.isProven) reportConfirmed(hub, takeUnconfirmed(hub))
      return false
    },
    onSent: () => {
      if (own.isHolder) return
      if (own.sendEnds.push([own.socket!.hub!.sentBytes, sends.sent]) > MAX_SEND_ENDS) own.sendEnds.shift()
      countArrived(own, context)
    },
    onLinkEnd: () => {
      own.socket?.sendLast()
      countArrived(own, context)
    },
    onEvent: ({ type }) => {
      if (type === 'reconnecting') watchOthers(own, context)
      if (type === 'connecting') unwatch(own)
    },
    onActive: (isActive) => {
      if (!isActive) unwatch(own)
    },
  }
}

const create = (own: TabConnection, context: FeatureContext): FeatureHooks => {
  const { hooks, options, part } = context
  const { attach } = hooks
  part(tabSlot).own = own
  // A session goes on over a close, and has leftovers of its own.
  if (!options.session) own.leftovers = () => encodeLeftovers(context)
  attach(order.first, createOwnHooks(own, context))
  Object.assign(hooks, {
    attach: (at, given) => {
      if (at === order.protocol) numberRequests(own, context)
      attach(at, limitToHolder(own, context, at, given))
    },
  } satisfies Partial<typeof hooks>)
  return {}
}

/** What a class of `createSharedWebSocket` brings to a connection that uses it. */
export const createTabsFeatures = (tab: Tab): readonly Feature<never>[] => {
  /** By what only one connection has. */
  const connections = new WeakMap<Guard, TabConnection>()
  return [
    {
      options: [],
      order: order.first,
      // Before other features wrap the class.
      settings: (options, base, guard) => {
        const { findClass } = base
        refuseSession(options, base)
        const own: TabConnection = { tab, unanswered: [], sendEnds: [] }
        connections.set(guard, own)
        const connect = function (url: string, protocols: string[] = []) {
          const Class = findClass() as unknown as new (...args: readonly unknown[]) => SharedSocket
          own.socket = new Class(url, protocols, '')
          own.socket.leftovers = own.leftovers
          return own.socket
        }
        return { findClass: () => connect as unknown as WebSocketClass }
      },
    },
    {
      options: [],
      order: order.tabs,
      settings: (_options, { reconnect }) => ({
        reconnect: { ...reconnect, override: (lost) => reconnect.override?.(lost) ?? decideHandover(lost) },
      }),
      create: (context) => create(connections.get(context.guard)!, context),
    },
  ]
}
