import { codedError } from '../internal/errors.js'
import { isObject } from '../internal/jsonRpc.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import type { RequestWindow } from '../rpc/requestWindow.js'
import { settleRequest } from '../rpc/requests.js'
import { rpcSlot, type PendingRequest, type Rpc } from '../rpc/rpc.js'
import type { ServerSubscription } from '../rpc/subscriptionReports.js'
import { tabSlot, type TabConnection } from './tabConnection.js'

// One subscription at the server for all tabs. For each name there is a lock: the tab that has it, the owner, asks the server and tells the others what the
// server has answered. They take it as the answer to a request of their own. When the owner is gone, the next in line for the lock is the owner.

/** What tabs tell each other about a subscription of the connection `epoch`: they ask for the answer, or give it. */
interface SubscriptionNote {
  readonly epoch: number
  readonly name: string
  /** Missing in a question. */
  readonly answer?: unknown
}

/** A subscription of this tab that other tabs may have too. */
interface Share {
  readonly name: string
  readonly abort: AbortController
  isOwner: boolean
  /** Takes the answer of the owner. Set while neither the lock nor an answer has come. */
  onAnswer: ((answer: unknown) => void) | undefined
  release: () => void
}

interface Sharing {
  readonly own: TabConnection
  readonly rpc: Rpc
  /** The window for requests that go to the server. */
  readonly window: RequestWindow
  readonly shares: Map<ServerSubscription, Share>
  channel: BroadcastChannel | undefined
}

const isSubscription = (key: unknown): key is ServerSubscription =>
  isObject(key) && (key as Partial<ServerSubscription>).holders !== undefined

/** The members that this feature replaces. */
type Replaceable = { -readonly [Name in keyof Rpc]: Rpc[Name] }

const isShared = ({ dialect }: Rpc, { holders }: ServerSubscription): boolean =>
  dialect.isShared === true || [...holders.values()].some(({ shared, since }) => shared && !since)

const epochOf = ({ socket }: TabConnection): number => socket!.hub!.epoch

const tell = ({ channel, own }: Sharing, note: Omit<SubscriptionNote, 'epoch'>): void =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
  channel?.postMessage({ epoch: epochOf(own), ...note } satisfies SubscriptionNote)

/** The answer for a tab that joins now: in a channel with history, from the position of the owner on. */
const tellAnswer = (sharing: Sharing, { answer, at, name }: ServerSubscription): void =>
  tell(sharing, { name, answer: isObject(answer) && at ? { ...answer, ...at } : (answer ?? null) })

/**
 * In a channel with history: a tab goes on from its own position. `undefined` when it has missed what the owner has: that must come from the server. When
 * the server has begun a new history, nothing can be recovered.
 */
const fromOwnPosition = (answer: unknown, { at, lifecycle }: ServerSubscription): unknown => {
  if (!isObject(answer) || !at || !lifecycle.wasActive) return answer
  if (answer['epoch'] !== at.epoch) return { ...answer, recovered: false }
  return at.offset >= (answer['offset'] as number) ? { ...answer, recovered: true, ...at } : undefined
}

/** Answers the request of a subscription in place of the server. */
const answerLocally = ({ rpc }: Sharing, entry: ServerSubscription, send: () => void, answer: unknown): void => {
  const wire: Replaceable = rpc
  const { direct, send: sendOut } = wire
  wire.direct = undefined
  wire.send = () => ({ id: '', delivery: 'sent' })
  send()
  wire.direct = direct
  wire.send = sendOut
  settleRequest(rpc, { id: entry.request!.id, result: answer })
}

const dropShare = ({ shares }: Sharing, entry: ServerSubscription): void => {
  const share = shares.get(entry)
  shares.delete(entry)
  share?.abort.abort()
  share?.release()
}

const onNote = (sharing: Sharing, { answer, epoch, name }: SubscriptionNote): void => {
  const { own, rpc, shares } = sharing
  if (epoch !== epochOf(own)) return
  for (const [entry, share] of shares) {
    if (share.name !== name) continue
    if (answer === undefined) {
      if (share.isOwner && entry.lifecycle.status === 'active') tellAnswer(sharing, entry)
    } else rpc.taskQueue.enqueue(() => share.onAnswer?.(answer))
  }
}

const openChannel = (sharing: Sharing): void => {
  const { own } = sharing
  if (sharing.channel) return
  sharing.channel = own.tab.platform.createChannel(`${own.socket!.key}:subscriptions`)
  sharing.channel.onmessage = ({ data }: MessageEvent<SubscriptionNote>) => onNote(sharing, data)
}

/** Waits for the lock, and then asks the server; or for the answer of the tab that has the lock. */
const join = (sharing: Sharing, entry: ServerSubscription, send: () => void, delay?: number): void => {
  const { own, rpc, shares, window } = sharing
  const { name } = entry
  const share: Share = {
    name,
    abort: new AbortController(),
    isOwner: false,
    onAnswer: (answer) => {
      share.onAnswer = undefined
      const continued = fromOwnPosition(answer, entry)
      if (continued !== undefined) return answerLocally(sharing, entry, send, continued)
      dropShare(sharing, entry)
      window.enter(entry, send, delay)
    },
    release: () => {},
  }
  shares.set(entry, share)
  openChannel(sharing)
  // Pushes that come before the answer are then kept for it.
  const expected: Pick<PendingRequest, 'isOver' | 'release'> = { isOver: false, release: () => {} }
  entry.request = expected as PendingRequest
  const onLock = async () =>
    await new Promise<void>((resolve) => {
      share.release = resolve
      if (shares.get(entry) !== share) return resolve()
      share.isOwner = true
      const isAsked = share.onAnswer !== undefined
      share.onAnswer = undefined
      if (isAsked) rpc.taskQueue.enqueue(() => window.enter(entry, send, delay))
    })
  own.tab.platform.locks
    .request(`${own.socket!.key}:${epochOf(own)}:${name}`, { signal: share.abort.signal }, onLock)
    // Our own abort.
    .catch(() => {})
  tell(sharing, { name })
}

/** The app needs the subscription no more: the server is asked to end it if no other tab has it. */
const leave = async (sharing: Sharing, entry: ServerSubscription, share: Share, send: () => void): Promise<void> => {
  const { own, rpc, shares, window } = sharing
  const lock = `${own.socket!.key}:${epochOf(own)}:${share.name}`
  const { pending = [] } = share.isOwner ? await own.tab.platform.locks.query() : {}
  rpc.taskQueue.enqueue(() => {
    if (shares.get(entry) !== share) return
    if (share.isOwner && !pending.some(({ name }) => name === lock)) return window.enter(entry, send)
    dropShare(sharing, entry)
    answerLocally(sharing, entry, send, null)
  })
}

const createSharedWindow = (sharing: Sharing): RequestWindow => {
  const { rpc, shares, window } = sharing
  return {
    enter: (key, send, delay) => {
      if (!isSubscription(key)) return window.enter(key, send, delay)
      const share = shares.get(key)
      // The server has refused it for now.
      if (share && key.lifecycle.status === 'subscribing') return window.enter(key, send, delay)
      if (share) return void leave(sharing, key, share, send)
      if (key.lifecycle.status === 'subscribing' && isShared(rpc, key)) return join(sharing, key, send, delay)
      window.enter(key, send, delay)
    },
    withdraw: (key) => {
      const share = isSubscription(key) && shares.get(key)
      if (!share || !share.onAnswer) return window.withdraw(key)
      dropShare(sharing, key)
      return true
    },
    leave: (key) => {
      window.leave(key)
      if (!isSubscription(key)) return
      // Once its answer was taken.
      rpc.taskQueue.enqueue(() => {
        const { status } = key.lifecycle
        if (shares.get(key)?.isOwner && status === 'active') tellAnswer(sharing, key)
        if (status === 'idle') dropShare(sharing, key)
      })
    },
  }
}

const create = ({ part }: FeatureContext): FeatureHooks | undefined => {
  const { rpc } = part(rpcSlot)
  const { own } = part(tabSlot)
  // Not a shared socket, or one without JSON-RPC.
  if (!rpc || !own) return undefined
  const sharing: Sharing = { own, rpc, window: rpc.window, shares: new Map(), channel: undefined }
  const replaceable: Replaceable = rpc
  replaceable.window = createSharedWindow(sharing)
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
