import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import type { Problem } from '../internal/errors.js'
import type { MaybePromise } from '../internal/maybePromise.js'
import type { CloseInfo, SocketEvents, WebSocketLike } from './types.js'

/** Why a socket counts as lost although the network did not say so. */
export interface Loss {
  readonly problem: Problem
  readonly close: CloseInfo
  /** Replaces the delay of the backoff, in milliseconds. */
  readonly delay?: number | undefined
  /** The socket was open but never usable: its uptime resets no retries. */
  readonly wasUnhealthy?: boolean
}

/** One open socket. Created at its `open` event, ended when the connection starts to close or is lost. */
export interface Link {
  readonly socket: WebSocketLike
  /** Whether the connection was open before, without a close in between. */
  readonly reconnected: boolean
  /** Aborted when the link ends. */
  readonly signal: AbortSignal
  /** Sends a frame at once, past the queue. */
  readonly send: (frame: Frame) => void
  /** Runs `task` after the task under way, unless the link has ended by then. */
  readonly enqueue: (task: () => void) => void
  /** Gives the socket up; the reconnect policy decides what follows. */
  readonly lose: (loss: Loss) => void
}

/** What a connection tells, as one union: `{ type, payload }`. */
export type ConnectionEvent = {
  [Type in keyof SocketEvents]: { readonly type: Type; readonly payload: SocketEvents[Type] }
}[keyof SocketEvents]

/**
 * What takes part in a connection. Every member is optional; the hooks of one name run in the order of their features.
 * Unless a member says otherwise, it must not throw.
 *
 * One socket: `onSocketOpen` → every `beforeReady` → every `resume` → the queue goes out → `onEvent(opened)` → `onReady` → `onFrame`, `onSent` … →
 * `onLinkEnd` → `onLost` → `onEvent(closed)`.
 */
export interface ConnectionHooks {
  /** Subprotocols that are offered before those of the address, asked at each attempt. */
  readonly offer?: () => readonly string[]
  /** The socket has opened; nothing has been sent or received. */
  readonly onSocketOpen?: (link: Link) => void
  /** A step between open and ready. A rejection loses the socket; `connectTimeout` covers all steps. */
  readonly beforeReady?: (link: Link) => MaybePromise<unknown>
  /** A step after all `beforeReady`: what it sends goes out before the queue. */
  readonly resume?: (link: Link) => MaybePromise<unknown>
  /** The connection is ready and the queue has gone out. */
  readonly onReady?: (link: Link) => void
  /** A frame arrived. `true` consumes it: no later hook and no `receive` gets it. */
  readonly onFrame?: (frame: ReceivedFrame) => boolean
  /** Takes a frame that no `onFrame` has consumed. A promise settles when all frames so far have been delivered. */
  readonly receive?: (frame: ReceivedFrame) => MaybePromise<void>
  /** A send was handed to the socket. */
  readonly onSent?: (id: string, frame: Frame, socket: WebSocketLike) => void
  /** `bufferedAmount` shrank, so the peer is reading. */
  readonly onDrained?: () => void
  /** Nothing more is sent or received on this link. */
  readonly onLinkEnd?: () => void
  /** The socket is gone. `isConfirmed`: the peer answered the close frame, so everything sent before it has arrived. */
  readonly onLost?: (isConfirmed: boolean) => void
  /** The app closes the connection: what has not been delivered is no longer wanted. */
  readonly onClosing?: () => void
  /** An event, before the store gets it. */
  readonly onEvent?: (event: ConnectionEvent) => void
  /** A send or a listener needs the connection. */
  readonly onUse?: () => void
  /** Whether the connection is closed until the next use. The queue is then kept. */
  readonly isAsleep?: () => boolean
  /** Whether an answer is expected: silence is then not idleness. */
  readonly isBusy?: () => boolean
  /** Whether a retry must wait until `retry.moveTo` is called: its timer is not started. */
  readonly holdsRetry?: () => boolean
  /** The page or the machine woke up: check whether the peer is still there. */
  readonly onWake?: () => void
  /** `connect()` or a retry loop starts (`true`) or ends (`false`). */
  readonly onActive?: (isActive: boolean) => void
}
