import type { ReceivedFrame } from '../internal/bytes.js'
import { memberOf, problemOf, type SerializedSocketError } from '../internal/errors.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { Target } from './address.js'
import type { CloseInfo, WebSocketClass, WebSocketLike } from './types.js'

/** The `readyState` of a WebSocket that takes messages (WHATWG WebSockets). */
export const OPEN = 1

/** The `readyState` of a WebSocket whose closing handshake is under way. */
export const CLOSING = 2

/** What an `error` event may say: `ws` and Node give a message, browsers give nothing. */
export interface SocketErrorEvent {
  readonly message?: string
  readonly error?: unknown
}

/** What happens on a socket, by the type of its event. */
export interface SocketListeners {
  readonly open: () => void
  readonly message: (event: { readonly data: ReceivedFrame }) => void
  readonly error: (event: SocketErrorEvent) => void
  readonly close: (event: Pick<CloseInfo, 'reason'> & { readonly code: number; readonly wasClean?: boolean }) => void
}

/** One attempt to connect, and the socket that it leads to. */
export interface Attempt {
  /** Aborted when the attempt is. */
  readonly signal: AbortSignal
  /** `undefined` until the address is resolved. */
  target?: Target
  /** `undefined` until the address is resolved and the loop lets it connect. */
  socket?: WebSocketLike
  /** Whether the socket has been open. */
  hasOpened?: boolean
  /** Ignores everything that still happens, and closes the socket: with a close frame, or at once. */
  readonly abandon: (withCloseFrame: boolean) => void
}

/** Creates an attempt. */
export const createAttempt = (): Attempt => {
  const abort = new AbortController()
  const attempt: Attempt = {
    signal: abort.signal,
    abandon: (withCloseFrame) => {
      abort.abort()
      const { socket } = attempt
      try {
        if (withCloseFrame || !socket?.terminate) socket?.close(withCloseFrame ? 1000 : undefined)
        else socket.terminate()
      } catch {
        // Its events are ignored anyway.
      }
    },
  }
  return attempt
}

/** Runs `task` after the task under way, unless the attempt was abandoned by then. Creates nothing a call: every message passes here. */
export const whileCurrent = <Argument>(
  { signal }: Attempt,
  { enqueue }: TaskQueue,
  task: (argument: Argument) => void,
): ((argument: Argument) => void) => {
  const run = (argument: Argument) => {
    if (!signal.aborted) task(argument)
  }
  return (argument) => enqueue(run, argument)
}

/** Creates the socket of an attempt whose address is resolved. Throws what the constructor throws. */
export const createSocket = (
  attempt: Attempt,
  Class: WebSocketClass,
  listeners: SocketListeners,
  taskQueue: TaskQueue,
): void => {
  const { url, protocols } = attempt.target!
  const socket = new Class(url, protocols)
  attempt.socket = socket
  // A Blob is read asynchronously: a later text would overtake it.
  socket.binaryType = 'arraybuffer'
  // `ws` throws an uncaught error when nobody listens to `error`.
  for (const [type, listener] of Object.entries(listeners)) {
    socket.addEventListener(type, whileCurrent(attempt, taskQueue, listener as (event: object) => void))
  }
}

/** Why an attempt has no socket. A constructor throws a SyntaxError for a malformed url or subprotocol (WHATWG WebSockets). */
export const attemptProblem = (error: unknown): SerializedSocketError =>
  memberOf(error, 'name') === 'SyntaxError'
    ? // The text of the runtime quotes the url or the subprotocol, which may contain credentials.
      {
        code: 'invalid_url',
        message: __DEV__
          ? 'The WebSocket class refused the url or a subprotocol. A url has no fragment; a subprotocol is a token (RFC 9110, section 5.6.2) that is offered once; a secret() needs secretFeature.'
          : '',
      }
    : problemOf(error, 'connection_failed')
