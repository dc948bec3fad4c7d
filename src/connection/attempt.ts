import type { ReceivedFrame } from '../internal/bytes.js'
import { now } from '../internal/clock.js'
import { problemOf, type Problem } from '../internal/errors.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { Target } from './address.js'
import type { CloseInfo, WebSocketClass, WebSocketLike } from './types.js'

/** The `readyState` of a WebSocket that takes messages (WHATWG WebSockets). */
export const OPEN = 1

/** The `readyState` of a WebSocket whose closing handshake is under way. */
export const CLOSING = 2

/** The events of an attempt, until it is abandoned. */
export interface AttemptListener {
  /** The target is known: `attempt.connect()` may be called. */
  readonly onResolved: () => void
  /** There is no socket, and there will be none. */
  readonly onFailed: (problem: Problem) => void
  readonly onOpen: (socket: WebSocketLike) => void
  readonly onFrame: (frame: ReceivedFrame) => void
  /** The message of the runtime, where it has one. */
  readonly onError: (message: string | undefined) => void
  readonly onClose: (close: CloseInfo) => void
}

/** One attempt to connect, and the socket that it leads to. */
export interface Attempt {
  /** `undefined` until the address is resolved. */
  target?: Target
  /** `undefined` until `connect` was called. */
  socket?: WebSocketLike
  /** Whether the socket has been open. */
  hasOpened?: boolean
  /** Creates the socket. */
  readonly connect: () => void
  /** Ignores everything that still happens, and closes the socket: with a close frame, or at once. */
  readonly abandon: (withCloseFrame: boolean) => void
}

/** A constructor throws a SyntaxError for a malformed url or subprotocol (WHATWG WebSockets). */
const attemptProblem = (error: unknown): Problem =>
  problemOf(error, (error as Partial<Error> | null)?.name === 'SyntaxError' ? 'invalid_url' : 'connection_failed')

type WhileCurrent = (task: () => void) => void

const listen = (attempt: Attempt, socket: WebSocketLike, listener: AttemptListener, whileCurrent: WhileCurrent) => {
  const on = (type: string, task: (event: never) => void) =>
    socket.addEventListener(type, (event) => whileCurrent(() => task(event as never)))
  on('open', () => {
    attempt.hasOpened = true
    listener.onOpen(socket)
  })
  on('message', ({ data }: { data: ReceivedFrame }) => listener.onFrame(data))
  // `ws` throws an uncaught error when nobody listens.
  on('error', ({ message }: { message?: string }) => listener.onError(message))
  on('close', ({ code, reason, wasClean }: CloseInfo) => listener.onClose({ code, reason, wasClean, at: now() }))
}

/** Starts an attempt: resolves the address, then waits for `connect`. */
export const startAttempt = (
  resolve: (signal: AbortSignal) => Promise<Target>,
  findClass: () => WebSocketClass,
  listener: AttemptListener,
  { enqueue }: TaskQueue,
): Attempt => {
  const abort = new AbortController()
  const { signal } = abort
  const whileCurrent: WhileCurrent = (task) => enqueue(() => signal.aborted || task())
  const attempt: Attempt = {
    connect: () => {
      try {
        const { url, protocols } = attempt.target!
        const socket = new (findClass())(url, protocols)
        attempt.socket = socket
        // A Blob is read asynchronously: a later text would overtake it.
        socket.binaryType = 'arraybuffer'
        listen(attempt, socket, listener, whileCurrent)
      } catch (error) {
        listener.onFailed(attemptProblem(error))
      }
    },
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
  void resolve(signal).then(
    (target) =>
      whileCurrent(() => {
        attempt.target = target
        listener.onResolved()
      }),
    (error: unknown) => whileCurrent(() => listener.onFailed(attemptProblem(error))),
  )
  return attempt
}
