import { closeWithout } from '../connection/closeInfo.js'
import type { Connection } from '../connection/connection.js'
import type { ConnectionEvent, Link } from '../connection/hooks.js'
import type { Address, ConnectOutcome } from '../connection/types.js'
import { isFrame, type ReceivedFrame } from '../internal/bytes.js'
import { after, FRAME_MS, now, type Cancel } from '../internal/clock.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import {
  addFormer,
  closeFormers,
  createFormerSockets,
  deliverHeld,
  ignoreFormers,
  keepOpen,
  leaving,
  retire,
  succeed,
  type FormerSockets,
} from './formerSockets.js'

// connect({ handover: true }) → frames under way are decoded → the open socket becomes a former one, and the connection connects as to another
// address → handshake → `resume`: the protocol is told that its socket is gone → ready → the former socket is closed.

interface Handover {
  readonly context: FeatureContext
  readonly formers: FormerSockets
  /** The connection without this feature. */
  readonly connect: Connection['connect']
  /** The ready socket. */
  link: Link | undefined
  /** Whether the connection is giving a socket up that this feature keeps. */
  isReplacing: boolean
  /** The app's requests that wait for a reply, as the state has them. */
  pendingRequests: number
  /** Set while frames are held back, because those before them are still being decoded. */
  releaseHeld: (() => void) | undefined
  held: ReceivedFrame[]
}

/** Holds frames back until those that came before are decoded, for `closeTimeout` at most. */
const holdFrames = (handover: Handover, decoding: readonly Promise<void>[], onReleased: () => void): void => {
  const { options, taskQueue } = handover.context
  const { closeTimeout = 2_000 } = options
  const release = () => {
    if (handover.releaseHeld !== release) return
    handover.releaseHeld = undefined
    cancel()
    taskQueue.enqueue(onReleased)
  }
  handover.releaseHeld = release
  const cancel: Cancel = after(closeTimeout, release)
  void Promise.all(decoding).then(release)
}

/** Connects while the open socket stays open. */
const replaceLink = (
  handover: Handover,
  link: Link,
  address: Address,
  keepQueue: boolean | undefined,
): Promise<ConnectOutcome> => {
  const { connect, context, formers, held } = handover
  const former = addFormer(formers, link)
  let outcome!: Promise<ConnectOutcome>
  handover.isReplacing = true
  keepOpen(former, () => {
    outcome = connect(address, keepQueue)
    // The same address: a fresh socket was asked for all the same.
    if (context.connection.phase() === 'open') outcome = context.connection.reconnect()
  })
  handover.isReplacing = false
  context.connection.events.note({ buffered: 0, congested: false })
  deliverHeld(formers, former, held.splice(0))
  return outcome
}

/** Starts a handover. Where no connection is open, it is a connect. */
const handOver = (handover: Handover, address: Address, keepQueue = true): Promise<ConnectOutcome> => {
  const { connect, context, formers, held, link } = handover
  const { connection, hooks } = context
  const decoding = hooks.list('decoding').flatMap((promiseOf) => promiseOf() ?? [])
  if (link && (!decoding.length || handover.releaseHeld)) return replaceLink(handover, link, address, keepQueue)
  if (!link) {
    // A handover under way goes elsewhere: its own socket is given up, the former one stays.
    handover.isReplacing = leaving(formers).length > 0
    const outcome = connect(address, keepQueue)
    handover.isReplacing = false
    return outcome
  }
  return new Promise((resolve) => {
    holdFrames(handover, decoding, () => {
      const isOver = connection.phase().startsWith('clos')
      if (isOver) resolve('closed')
      else if (handover.link === link) void replaceLink(handover, link, address, keepQueue).then(resolve)
      else void handOver(handover, address, keepQueue).then(resolve)
      // Where the socket was lost meanwhile.
      for (const frame of isOver ? [] : held.splice(0)) connection.deliver(frame)
      held.length = 0
    })
  })
}

/** Puts the feature in front of the connection's own `connect` and events. */
const wrapConnection = (handover: Handover): void => {
  const { context, formers } = handover
  const { connection } = context
  const { drop, emit } = connection.events
  Object.assign(connection, {
    connect: (given: Address & { readonly handover?: boolean } = {}, keepQueue?: boolean) => {
      const { handover: isHandover, ...address } = given
      if (isHandover) return handOver(handover, address, keepQueue)
      // The app goes elsewhere, without a handover.
      if (Object.keys(address).length) closeFormers(formers)
      return handover.connect(address, keepQueue)
    },
  } satisfies Partial<Connection>)
  Object.assign(connection.events, {
    emit: ((type, payload) => {
      if (type === 'closed') {
        // The former socket is not lost: neither the state nor an iteration over messages may end.
        if (handover.isReplacing) return
        succeed(formers)
      }
      emit(type, payload)
    }) satisfies typeof emit,
    drop: ((reason, ids, count = ids.length) => {
      // Whether these arrive is known when the former socket has closed.
      if (handover.isReplacing && reason === 'indeterminate') leaving(formers).at(-1)?.unprovenSends.push([ids, count])
      else drop(reason, ids, count)
    }) satisfies typeof drop,
  })
}

/** Marks the end of the hooks that `tellProtocol` calls. */
const afterProtocol = (): void => {}

/** Tells the protocol that its socket is gone, before it resumes on the next one. The store and the iterations over messages do not get the event. */
const tellProtocol = ({ hooks }: FeatureContext, event: ConnectionEvent): void => {
  for (const onEvent of hooks.list('onEvent')) {
    if (onEvent === afterProtocol) return
    onEvent(event)
  }
}

/** Requests of `jsonRpc()` that were sent, as far as the state and the queue show. */
const sentRequests = ({ context, pendingRequests }: Handover): number => {
  const waiting = Array.from(context.connection.queue?.entries ?? [])
  return pendingRequests - waiting.filter(({ id }) => id.startsWith('rpc:')).length
}

/** Waits for the replies that the former socket still owes, for `closeTimeout` at most. */
const awaitReplies = (handover: Handover, { enqueue, signal }: Link, onOver: () => void): Promise<void> => {
  const { closeTimeout = 2_000 } = handover.context.options
  const until = now() + closeTimeout
  return new Promise((resolve) => {
    let cancel: Cancel = () => {}
    // The state follows the requests after one frame.
    const poll = () => {
      cancel = after(FRAME_MS, () => {
        if (sentRequests(handover) > 0 && now() < until) return poll()
        enqueue(() => {
          onOver()
          resolve()
        })
      })
    }
    signal.addEventListener('abort', () => cancel())
    poll()
  })
}

const createHandoverHooks = (handover: Handover): FeatureHooks => {
  const { context, formers, held } = handover
  const { hooks, store, taskQueue } = context
  const changed = `${store.prefix}/changed`
  const ignore = () => {}
  const claim: FeatureHooks['claim'] = (message) => {
    if (!formers.isPast) return undefined
    // The protocol goes on on the new socket: ids of the former one may mean something else there.
    const isClaimed = hooks.list('claim').some((other) => other !== claim && other(message))
    return isClaimed ? ignore : undefined
  }
  return {
    claim,
    // Messages that a codec has taken out of a frame pass.
    onFrame: (frame) => handover.releaseHeld !== undefined && isFrame(frame) && held.push(frame) > 0,
    resume: (link) => {
      if (!leaving(formers).length) return undefined
      const onOver = () => {
        succeed(formers)
        tellProtocol(context, { type: 'closed', payload: { ...closeWithout('replaced'), next: 'connecting' } })
      }
      return hooks.some('isBusy') ? awaitReplies(handover, link, onOver) : onOver()
    },
    onReady: (link) => {
      handover.link = link
      retire(formers)
    },
    onLinkEnd: () => {
      handover.link = undefined
      if (handover.releaseHeld) taskQueue.enqueue(handover.releaseHeld)
    },
    onClosing: () => ignoreFormers(formers),
    onEvent: ({ type, payload }) => {
      if (type !== 'failed' && (type !== 'closed' || payload.next !== 'closed')) return
      succeed(formers)
      closeFormers(formers)
    },
    onAction: (action) => {
      const { type, payload } = action as { readonly type?: unknown; readonly payload?: { pendingRequests?: number } }
      if (type === changed) handover.pendingRequests = payload?.pendingRequests ?? handover.pendingRequests
    },
  }
}

/** Carries out `socketConnect({ handover: true })`. See docs/features.md. */
export const handoverFeature: Feature<never> = {
  options: [],
  order: order.handover,
  create: (context) => {
    const { connection, hooks } = context
    const { drop, emit } = connection.events
    const handover: Handover = {
      context,
      formers: createFormerSockets({
        context,
        drop: (ids, count) => drop('indeterminate', ids, count),
        onLost: (close) => {
          const payload = { ...close, next: 'connecting' } as const
          if (connection.phase() === 'connecting') return emit('closed', payload)
          // The store knows already that the connection waits for a retry.
          tellProtocol(context, { type: 'closed', payload })
          connection.events.note({ latency: null })
        },
      }),
      connect: connection.connect,
      link: undefined,
      isReplacing: false,
      pendingRequests: 0,
      releaseHeld: undefined,
      held: [],
    }
    wrapConnection(handover)
    hooks.attach(order.protocol + 1, { onEvent: afterProtocol })
    return createHandoverHooks(handover)
  },
}
