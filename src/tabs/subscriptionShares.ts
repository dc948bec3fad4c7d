import type { RequestWindow } from '../rpc/requestWindow.js'
import type { Rpc } from '../rpc/rpc.js'
import type { SubscriptionLifecycle } from '../rpc/subscriptionLifecycle.js'
import type { ServerSubscription } from '../rpc/subscriptionReports.js'
import type { TabConnection } from './tabConnection.js'

// The subscriptions of a tab that other tabs may have too: their locks, and what tabs tell each other about them.

/** What tabs tell each other about a subscription. With neither `ask` nor `to`: there is a new owner, ask it. */
export interface SubscriptionNote {
  readonly name: string
  /** The number of the question of a tab that joins. */
  readonly ask?: number
  /** The number of the question that this answers. An older answer may be about a subscription that has ended. */
  readonly to?: number
  /** `undefined`: the owner is about to leave. */
  readonly answer?: unknown
}

/** A subscription of this tab that other tabs may have too. */
export interface Share {
  /** The name of the lock for which its tabs wait in line, for this connection. */
  readonly line: string
  /** Ends its place in the line. */
  readonly place: AbortController
  /** Resolves when its place has ended. */
  left?: Promise<unknown>
  /** Ends the lock `turn`. It is held until this tab has an answer, and again while it leaves. */
  turn: AbortController
  /** Takes a note of another tab. */
  onTabNote?: (note: SubscriptionNote) => void
  /** The status in which the server was asked, until the subscription is active. */
  asked?: SubscriptionLifecycle['status']
}

export interface Sharing {
  readonly own: TabConnection
  readonly rpc: Rpc
  /** The window for requests that go to the server. */
  readonly window: RequestWindow
  readonly shares: Map<ServerSubscription, Share>
  channel: BroadcastChannel | undefined
}

/** The name of something that the tabs of a connection have in common. */
export const sharedName = ({ socket }: TabConnection, name?: string): string =>
  `${socket!.key}:${JSON.stringify([socket!.hub!.epoch, name])}`

/** Holds a lock until `controller` aborts. Resolves when it is released, or refused: to a page that is being left. */
export const holdLock = async (
  { own }: Sharing,
  lock: string,
  { signal }: AbortController,
  onGranted: () => void,
  mode?: LockMode,
): Promise<void> =>
  await own.tab.platform.locks
    .request(
      lock,
      { mode, signal } as LockOptions,
      async () =>
        await new Promise<void>((resolve) => {
          // A lock may be granted while its request is being aborted.
          if (signal.aborted) return resolve()
          signal.addEventListener('abort', () => resolve())
          onGranted()
        }),
    )
    .catch(() => {})

/** Posts a note to the other tabs. */
export const postSubscription = ({ channel }: Sharing, note: SubscriptionNote): void =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
  channel?.postMessage(note)

/** Drops the share of a subscription, and those of subscriptions that the server has ended. */
export const dropShare = ({ shares }: Sharing, dropped?: unknown): void => {
  for (const [entry, { place, turn }] of shares) {
    if (entry !== dropped && entry.lifecycle.status !== 'idle') continue
    shares.delete(entry)
    turn.abort()
    place.abort()
  }
}

export const onNote = (sharing: Sharing, note: SubscriptionNote): void => {
  dropShare(sharing)
  for (const [{ name }, share] of sharing.shares) if (name === note.name) share.onTabNote?.(note)
}
