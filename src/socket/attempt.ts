import type { ReceivedFrame } from '../internal/bytes.js'
import { now } from '../internal/clock.js'
import { problemOf, type Problem } from '../internal/errors.js'
import type { Turns } from '../internal/turns.js'
import { resolveTarget, type Target } from './endpoint.js'
import { letGo, openNative } from './native.js'
import type { Address, AttemptContext, CloseInfo, WebSocketClass, WebSocketLike } from './types.js'

/** What an attempt is made of. */
export interface AttemptConfig {
  readonly address: Address
  /** Offered before the address's own. */
  readonly subprotocols: readonly string[]
  readonly context: Omit<AttemptContext, 'signal'>
  readonly WebSocket: () => WebSocketClass
  readonly turns: Turns
}

/** What an attempt tells, for as long as it is not abandoned. */
export interface AttemptListener {
  /** Its address is known: it may be dialled. */
  readonly prepared: () => void
  /** It came to nothing before there was a socket. */
  readonly failed: (problem: Problem) => void
  readonly open: () => void
  readonly message: (frame: ReceivedFrame) => void
  readonly error: (message: string | undefined) => void
  readonly close: (close: CloseInfo) => void
}

/** One attempt and the socket it leads to: a generation. Once abandoned it is deaf and mute. */
export interface Attempt {
  readonly native: () => WebSocketLike | undefined
  /** What it dials; undefined until the providers have answered. */
  readonly target: () => Target | undefined
  /** Whether its socket has been open. */
  readonly hasOpened: () => boolean
  readonly dial: (target: Target) => void
  /** Lets go of it, with a goodbye to the peer or at once. */
  readonly abandon: (goodbye: boolean) => void
}

/** Begins an attempt: asks the providers, tells `prepared`, and waits for `dial`. */
export const beginAttempt = (config: AttemptConfig, listener: AttemptListener): Attempt => {
  const { turns } = config
  const abort = new AbortController()
  let target: Target | undefined
  let native: WebSocketLike | undefined
  let hasOpened = false
  let isOver = false

  const hear = (task: () => void) => turns.queue(() => isOver || task())
  /** A constructor's SyntaxError is a malformed url or subprotocol (WHATWG WebSockets). */
  const fail = (error: unknown) => {
    const isSyntax = (error as Partial<Error> | null | undefined)?.name === 'SyntaxError'
    listener.failed(problemOf(error, isSyntax ? 'invalid_url' : 'connection_failed'))
  }

  void resolveTarget(config.address, { ...config.context, signal: abort.signal }, config.subprotocols).then(
    (resolved) =>
      hear(() => {
        target = resolved
        listener.prepared()
      }),
    (error: unknown) => hear(() => fail(error)),
  )

  return {
    native: () => native,
    target: () => target,
    hasOpened: () => hasOpened,
    dial: (resolved) => {
      try {
        native = openNative(config.WebSocket(), resolved, hear, {
          ...listener,
          open: () => {
            hasOpened = true
            listener.open()
          },
          close: ({ code, reason, wasClean }) => listener.close({ code, reason, wasClean, at: now() }),
        })
      } catch (error) {
        fail(error)
      }
    },
    abandon: (goodbye) => {
      isOver = true
      abort.abort()
      if (native) letGo(native, goodbye)
    },
  }
}
