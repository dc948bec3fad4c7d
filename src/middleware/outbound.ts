import type { Action } from '@reduxjs/toolkit'
import type { SendResult } from '../actions/commands.js'
import { isReceived, isSocketAction } from '../actions/createSocketActions.js'
import { isFrame } from '../internal/bytes.js'
import type { Codec } from '../codec/types.js'
import { messageOf, show, type Problem } from '../internal/errors.js'
import type { DropReason, SendOptions, Socket } from '../socket/types.js'
import type { Guard } from './guard.js'
import { toMatcher, type ActionLike, type Rule } from './match.js'

/** What the way out needs to know. */
export interface OutboundConfig {
  readonly name: string
  readonly codec: Codec
  readonly forward: Rule | readonly Rule[] | undefined
  readonly socket: Pick<Socket, 'send'>
  readonly createId: () => string
  readonly report: (problem: Problem) => void
  readonly drop: (reason: DropReason, id: string) => void
  readonly guard: Guard
}

/** The way out: value → codec → socket (or its queue). */
export const createOutbound = (config: OutboundConfig) => {
  const { name, codec, socket, report, drop, guard } = config
  const forwards = toMatcher(config.forward, 'forward')

  /** Sends a value; never throws, and says what became of it. */
  const send = (value: unknown, options: SendOptions = {}): SendResult => {
    const id = options.id ?? config.createId()
    let frame
    try {
      frame = codec.encode(value)
      if (!isFrame(frame)) throw new TypeError(`its encode gave ${show(frame)}, expected a string or bytes`)
    } catch (error) {
      report({ code: 'encode_failed', message: `The codec cannot encode a message: ${messageOf(error)}` })
      drop('invalid', id)
      return { id, delivery: 'dropped', reason: 'invalid' }
    }
    const { whenOffline, ttl } = options
    return { id, ...socket.send(frame, { id, whenOffline, ttl }) }
  }

  /** Whether a rule of `forward` claims an action; what was received here never goes back, and our own actions stay home. */
  const claims = (action: Action & ActionLike): boolean => {
    if (!forwards || typeof action !== 'object' || typeof (action as ActionLike | null)?.type !== 'string') return false
    if (isReceived(action, name) || isSocketAction(action)) return false
    return guard('A rule of "forward"', () => forwards(action)) ?? false
  }

  /** Sends an action of the app's own; its meta stays home. */
  const pass = (action: Action & ActionLike): void => {
    const { type, payload, error } = action
    send({ type, ...('payload' in action && { payload }), ...('error' in action && { error }) })
  }

  return { send, pass, claims: forwards && claims }
}
