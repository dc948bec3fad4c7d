import type { ReceivedFrame } from '../internal/bytes.js'
import { now } from '../internal/clock.js'
import { problemOf, type Problem } from '../internal/errors.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { Addressing, Target } from './address.js'
import type { Address, AttemptContext, CloseInfo, WebSocketClass, WebSocketLike } from './types.js'

/** The `readyState` of a WebSocket that takes messages (WHATWG WebSockets). */
export const OPEN = 1

/** The `readyState` of a WebSocket whose closing handshake is under way. */
export const CLOSING = 2

/** What an attempt needs. */
export interface AttemptConfig {
  readonly address: Address
  readonly addressing: Addressing
  /** Offered before the subprotocols of the address. */
  readonly subprotocols: readonly string[]
  readonly context: Omit<AttemptContext, 'signal'>
  readonly WebSocket: () => WebSocketClass
}

/** The events of an attempt, until it is abandoned. */
export interface AttemptListener {
  /** The address is known: `attempt.dial()` may be called. */
  readonly onResolved: () => void
  /** There is no socket, and there will be none. */
  readonly onFailed: (problem: Problem) => void
  readonly onOpen: (attempt: Attempt) => void
  readonly onFrame: (frame: ReceivedFrame) => void
  readonly onError: (attempt: Attempt, message: string | undefined) => void
  readonly onClose: (close: CloseInfo) => void
}

/** One attempt to connect and the socket it leads to. */
export interface Attempt {
  /** The socket, once `dial` was called. */
  socket?: WebSocketLike
  /** Where it connects to; `undefined` until the providers have answered. */
  target?: Target
  /** Whether the socket has been open. */
  hasOpened?: boolean
  readonly dial: () => void
  /** Ignores everything that still happens, and closes the socket: with a close frame, or at once. */
  readonly abandon: (withCloseFrame: boolean) => void
}

/** A constructor's SyntaxError means a malformed url or subprotocol (WHATWG WebSockets). */
const attemptProblem = (error: unknown): Problem =>
  problemOf(error, (error as Partial<Error> | null)?.name === 'SyntaxError' ? 'invalid_url' : 'connection_failed')

const listen = (
  socket: WebSocketLike,
  attempt: Attempt,
  listener: AttemptListener,
  current: (task: () => void) => void,
) => {
  const on = <Event>(type: string, task: (event: Event) => void) =>
    socket.addEventListener(type, ((event: Event) => current(() => task(event))) as never)
  on('open', () => {
    attempt.hasOpened = true
    listener.onOpen(attempt)
  })
  on('message', ({ data }: { data: ReceivedFrame }) => listener.onFrame(data))
  // `ws` throws an uncaught error when there is no listener.
  on('error', ({ message }: { message?: string }) => listener.onError(attempt, message))
  on('close', ({ code, reason, wasClean }: CloseInfo) => listener.onClose({ code, reason, wasClean, at: now() }))
}

/** Starts an attempt: resolves the address, then waits for `dial`. */
export const startAttempt = (config: AttemptConfig, listener: AttemptListener, { enqueue }: TaskQueue): Attempt => {
  const abort = new AbortController()
  const current = (task: () => void) => enqueue(() => abort.signal.aborted || task())
  const attempt: Attempt = {
    dial: () => {
      try {
        const { url, protocols } = attempt.target!
        const socket = new (config.WebSocket())(url, protocols)
        attempt.socket = socket
        // Blobs are read asynchronously, which would let a later text overtake them.
        socket.binaryType = 'arraybuffer'
        listen(socket, attempt, listener, current)
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
  const context = { ...config.context, signal: abort.signal }
  void config.addressing.resolve(config.address, context, config.subprotocols).then(
    (target) =>
      current(() => {
        attempt.target = target
        listener.onResolved()
      }),
    (error: unknown) => current(() => listener.onFailed(attemptProblem(error))),
  )
  return attempt
}
