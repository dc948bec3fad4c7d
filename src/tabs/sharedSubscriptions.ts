import { codedError } from '../internal/errors.js'
import { isObject } from '../internal/jsonRpc.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import type { RequestWindow, SendRequest } from '../rpc/requestWindow.js'
import { rpcSlot, type PendingRequest, type Rpc } from '../rpc/rpc.js'
import type { ServerSubscription } from '../rpc/subscriptionReports.js'
import {
  dropShare,
  holdLock,
  onNote,
  postSubscription,
  sharedName,
  type Share,
  type Sharing,
  type SubscriptionNote,
} from './subscriptionShares.js'
import { tabSlot } from './tabConnection.js'

// One subscription at the server for all tabs. Its tabs wait in line for a lock. The first one, the owner, has asked the server, and tells the others what
// the server has answered. They take it as the answer to a request of their own. A second lock, `turn`, is shared by the tabs that join, and exclusive for a tab
// that leaves: while it finds out whether it is the last one, no other tab joins.

const isSubscription = (key: unknown): key is ServerSubscription =>
  isObject(key) && (key as Partial<ServerSubscription>).holders !== undefined

const isShared = ({ dialect }: Rpc, { holders }: ServerSubscription): boolean =>
  dialect.isShared === true || [...holders.values()].some(({ shared, since }) => shared && !since)

/** The answer for a tab that joins now: in a channel with history, from the position of the owner on. */
const currentAnswer = ({ answer, at, lifecycle }: ServerSubscription): unknown => {
  if (lifecycle.status !== 'active') return undefined
  return isObject(answer) && at ? { ...answer, ...at } : (answer ?? null)
}

/**
 * In a channel with history: a tab goes on from its own position. `undefined` when it has missed what the owner has: that must come from the server. When
 * the server has begun a new history, nothing can be recovered.
 */
const fromOwnPosition = (answer: unknown, { at, lifecycle }: ServerSubscription): unknown => {
  if (!isObject(answer) || !at || !lifecycle.wasActive) return answer
  if (answer['epoch'] !== at.epoch) return { ...answer, recovered: false }
  return at.offset >= (answer['offset'] as number) ? { ...answer, recovered: true, ...at } : undefined
}

/** The first in line has an answer: it answers the tabs that join. */
const becomeOwner = (sharing: Sharing, entry: ServerSubscription, share: Share): void => {
  const { name } = entry
  share.onTabNote = ({ ask }) => {
    if (ask) postSubscription(sharing, { name, to: ask, answer: currentAnswer(entry) })
  }
  postSubscription(sharing, { name })
}

/** Waits in line. The first one asks the server, and the others use the answer of the owner. */
const join = (sharing: Sharing, entry: ServerSubscription, send: SendRequest): void => {
  const { own, rpc, shares, window } = sharing
  const { name } = entry
  const ask = Math.random()
  const turn = new AbortController()
  const share: Share = { line: sharedName(own, name), place: new AbortController(), turn }
  const isWaiting = () => !turn.signal.aborted && !share.asked
  dropShare(sharing, entry)
  shares.set(entry, share)
  sharing.channel ??= own.tab.platform.createChannel(sharedName(own))
  sharing.channel.onmessage = ({ data }: MessageEvent<SubscriptionNote>) =>
    rpc.taskQueue.enqueue(() => onNote(sharing, data))
  // Pushes that come before the answer are kept for it while a request is not over. The loss of the connection ends it.
  const expected: Pick<PendingRequest, 'isOver' | 'release'> = { isOver: false, release: () => {} }
  entry.request = expected as PendingRequest
  const useAnswer = (answer: unknown) => {
    const known = fromOwnPosition(answer, entry)
    if (known === undefined) {
      dropShare(sharing, entry)
      return window.enter(entry, send)
    }
    turn.abort()
    send({ data: known })
  }
  const onPlace = () =>
    rpc.taskQueue.enqueue(() => {
      if (!isWaiting()) return becomeOwner(sharing, entry, share)
      share.asked = 'subscribing'
      window.enter(entry, send)
    })
  const onTurn = () => {
    share.onTabNote = (note) => {
      if (!isWaiting()) return
      if (note.to === note.ask) postSubscription(sharing, { name, ask })
      if (note.to !== ask) return
      if (note.answer !== undefined) return useAnswer(note.answer)
      // The owner has its turn first.
      join(sharing, entry, send)
    }
    share.left = holdLock(sharing, share.line, share.place, onPlace)
    postSubscription(sharing, { name, ask })
  }
  void holdLock(sharing, `${share.line}turn`, turn, onTurn, 'shared')
}

/** The app does not need the subscription any more: the last tab asks the server to end it. */
const leave = (sharing: Sharing, entry: ServerSubscription, share: Share, send: SendRequest): void => {
  const { own, rpc, window } = sharing
  const { left, line, place } = share
  const turn = new AbortController()
  share.turn = turn
  const end = (isLast: unknown) =>
    rpc.taskQueue.enqueue(() => {
      if (turn.signal.aborted) return
      if (isLast) {
        share.asked = 'unsubscribing'
        return window.enter(entry, send)
      }
      dropShare(sharing, entry)
      send({ data: null })
    })
  const onTurn = () => {
    place.abort()
    void left
      ?.then(async () => await own.tab.platform.locks.request(line, { ifAvailable: true }, Boolean))
      // A page that is being left may not ask: then another tab is assumed.
      .catch(() => {})
      .then(end)
  }
  void holdLock(sharing, `${line}turn`, turn, onTurn).then(end)
}

/** The server, or another tab, has answered a request of a subscription. */
const onAnswered = (sharing: Sharing, entry: ServerSubscription, share: Share): void => {
  dropShare(sharing)
  if (!share.asked || entry.lifecycle.status !== 'active') return
  delete share.asked
  share.turn.abort()
  becomeOwner(sharing, entry, share)
}

const createSharedWindow = (sharing: Sharing): RequestWindow => {
  const { rpc, window } = sharing
  const shares: ReadonlyMap<unknown, Share> = sharing.shares
  return {
    enter: (key, send, delay) => {
      if (isSubscription(key)) {
        const share = shares.get(key)
        const { status } = key.lifecycle
        const isLeaving = status === 'unsubscribing'
        // Otherwise only this tab has asked the server: it asks again what was refused for now, or unsubscribes before others have the answer.
        if (!share?.asked || (!isLeaving && share.asked !== status)) {
          if (share && isLeaving) return leave(sharing, key, share, send)
          if (!isLeaving && isShared(rpc, key)) {
            dropShare(sharing, key)
            const joinNow = () => {
              window.leave(key)
              join(sharing, key, send)
            }
            return window.enter(key, joinNow, delay)
          }
        }
      }
      window.enter(key, send, delay)
    },
    withdraw: (key) => {
      const share = shares.get(key)
      const isBack = window.withdraw(key) || (share !== undefined && !share.asked)
      if (isBack) dropShare(sharing, key)
      return isBack
    },
    leave: (key) => {
      const share = shares.get(key)
      window.leave(key)
      if (share) rpc.taskQueue.enqueue(() => onAnswered(sharing, key as ServerSubscription, share))
    },
  }
}

/** An {@link Rpc} whose window can be replaced. */
type Replaceable = { -readonly [Name in keyof Rpc]: Rpc[Name] }

const create = ({ part }: FeatureContext): FeatureHooks | undefined => {
  const { rpc } = part(rpcSlot)
  const { own } = part(tabSlot)
  // Not a shared socket, or one without JSON-RPC.
  if (!rpc || !own) return undefined
  const sharing: Sharing = { own, rpc, window: rpc.window, shares: new Map(), channel: undefined }
  const replaceable: Replaceable = rpc
  replaceable.window = createSharedWindow(sharing)
  own.isShared = (topic) => sharing.shares.has(topic as ServerSubscription)
  return {
    onLinkEnd: () => {
      for (const entry of sharing.shares.keys()) dropShare(sharing, entry)
      sharing.channel?.close()
      sharing.channel = undefined
    },
  }
}

/**
 * Beside a shared socket and `jsonRpc()`: subscriptions with `shared: true` to the same channel, with the same params, are one subscription at the server
 * for all tabs. With the ordinary WebSocket it does nothing. See docs/tabs.md.
 *
 * @example
 * createSocketMiddleware.with(sharedSubscriptionsFeature)({ url, WebSocket: createSharedWebSocket(), protocol: jsonRpc() })
 */
export const sharedSubscriptionsFeature: Feature<never> = {
  options: [],
  order: order.protocol + 1,
  settings: (_options, { sharedSession }) => {
    if (!sharedSession) return {}
    throw codedError(
      'subscriptions_in_session',
      __DEV__
        ? 'sharedSubscriptionsFeature cannot be used beside sharedSessionFeature yet: its subscriptions end with the connection, those of a session do not. Leave one of the two out.'
        : '',
    )
  },
  create,
}
