import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import type { SerializedSocketError } from '../internal/errors.js'
import type { MaybePromise } from '../internal/maybePromise.js'
import type { CloseInfo, SocketEvents, WebSocketLike } from './types.js'

/** Why a socket counts as lost although the network did not report it. */
export interface Loss {
  /** Reported as an error. */
  readonly problem: SerializedSocketError
  /** How the socket ended. */
  readonly close: CloseInfo
  /** Replaces the delay of the backoff, in milliseconds. @default the backoff's */
  readonly delay?: number | undefined
  /** The socket was open but not usable: its uptime does not reset the count of retries. @default false */
  readonly wasUnhealthy?: boolean
}

/** One open socket. Created when it opens, ended when the connection starts to close or is lost. */
export interface Link {
  /** The WebSocket itself. */
  readonly socket: WebSocketLike
  /** Whether the connection was open before, without a close in between. */
  readonly reconnected: boolean
  /** Aborted when the link ends. */
  readonly signal: AbortSignal
  /** Sends a frame at once, past the queue. */
  readonly send: (frame: Frame) => void
  /** Runs `task` after the task under way, unless the link has ended by then. */
  readonly enqueue: (task: () => void) => void
  /** Gives the socket up. The reconnect policy decides what follows. */
  readonly lose: (loss: Loss) => void
}

/** An event of a connection: `{ type, payload }`. */
export type ConnectionEvent = {
  [Type in keyof SocketEvents]: { readonly type: Type; readonly payload: SocketEvents[Type] }
}[keyof SocketEvents]

/**
 * What takes part in a connection. Every member is optional; the hooks of one name run in the order of their features. Unless a member says
 * otherwise, it must not throw.
 *
 * The hooks of one socket: `onSocketOpen` → every `beforeReady` → every `resume` → the queue is flushed → `onEvent` (`opened`) → `onReady` →
 * `onFrame`, `receive`, `onSent` … → `onLinkEnd` → `onLost` → `onEvent` (`closed`).
 */
export interface ConnectionHooks {
  /** Returns subprotocols that are offered before those of the address. Called at each attempt. */
  readonly offer?: () => readonly string[]
  /** The socket has opened; nothing was sent or received yet. */
  readonly onSocketOpen?: (link: Link) => void
  /** A step between open and ready. A rejection loses the socket; `connectTimeout` covers all steps. */
  readonly beforeReady?: (link: Link) => MaybePromise<unknown>
  /** A step after all `beforeReady`. What it sends goes out before the queue. */
  readonly resume?: (link: Link) => MaybePromise<unknown>
  /** The connection is ready and the queue was flushed. */
  readonly onReady?: (link: Link) => void
  /** A frame arrived. `true` consumes it: no later hook and no `receive` gets it. */
  readonly onFrame?: (frame: ReceivedFrame) => boolean
  /** Takes a frame that no `onFrame` consumed; or messages of one that a handshake has read in part. */
  readonly receive?: (frame: ReceivedFrame) => void
  /** Received frames that are still being decoded: the close of a socket waits for the promise. `undefined` when no frame is being decoded. */
  readonly decoding?: () => Promise<void> | undefined
  /** A send was passed to the socket. */
  readonly onSent?: (id: string, frame: Frame, socket: WebSocketLike) => void
  /** `bufferedAmount` shrank, so the peer is reading. */
  readonly onDrained?: () => void
  /** Nothing more is sent or received on this link. */
  readonly onLinkEnd?: () => void
  /** The socket is gone. `isConfirmed`: the peer answered the close frame, so everything that was sent before it has arrived. */
  readonly onLost?: (isConfirmed: boolean) => void
  /** The app closes the connection. What was not delivered yet is not wanted any more. */
  readonly onClosing?: () => void
  /** An event. The store gets it last. */
  readonly onEvent?: (event: ConnectionEvent) => void
  /** A send or a listener needs the connection. */
  readonly onUse?: () => void
  /** Whether the connection is closed until the next use. The queue is then kept. */
  readonly isAsleep?: () => boolean
  /** Whether an answer is expected. The connection is then not idle. */
  readonly isBusy?: () => boolean
  /** Whether a retry must wait until `retry.moveTo` is called. Its timer is then not started. */
  readonly holdsRetry?: () => boolean
  /** The page or the device woke up: check whether the peer is still there. */
  readonly onWake?: () => void
  /** The reconnect loop starts (`true`) or ends (`false`). */
  readonly onActive?: (isActive: boolean) => void
}
