import type { Action } from '@reduxjs/toolkit'
import type { SendResult } from '../actions/commands.js'
import { isReceived, isSocketAction } from '../actions/createSocketActions.js'
import { isFrame, type Frame } from '../internal/bytes.js'
import { problemOf, show, type Problem } from '../internal/errors.js'
import { isPending, type Eventual } from '../internal/lane.js'
import type { DropReason, SendOptions, Socket } from '../socket/types.js'
import type { Guard } from './guard.js'
import { toMatcher, type ActionLike, type Rule } from './match.js'
import type { Translator } from './translate.js'

/** What the way out needs to know. */
export interface OutboundConfig {
  readonly name: string
  readonly translator: Pick<Translator, 'encode' | 'toFrame'>
  /** Whether what waits for a connection may have to be encoded anew, for the server may choose another codec. */
  readonly mayChange: boolean
  readonly forward: Rule | readonly Rule[] | undefined
  readonly socket: Pick<Socket, 'send'>
  readonly createId: () => string
  readonly report: (problem: Problem) => void
  readonly drop: (reason: DropReason, id: string) => void
  readonly guard: Guard
}

/** Whatever a codec or a schema threw, as a problem of sending. */
const sendProblem = (error: unknown): Problem => {
  const problem = problemOf(error, 'encode_failed')
  if (problem.code === 'invalid_message' || problem.code === 'callback_failed') return problem
  return { code: 'encode_failed', message: `The codec cannot encode a message: ${problem.message}` }
}

const refuse = (error: unknown): never => {
  // oxlint-disable-next-line typescript/only-throw-error -- it is on its way to be told, not to be caught by an app
  throw sendProblem(error)
}

const asItIs = (frame: unknown): Frame => {
  if (isFrame(frame)) return frame
  const message = `socketSendRaw: expected a string, an ArrayBuffer, a view, a Blob or a File, got ${show(frame)}.`
  // oxlint-disable-next-line typescript/only-throw-error -- as above
  throw { code: 'encode_failed', message } satisfies Problem
}

/** The way out: value → schema → codec → socket (or its queue). */
export const createOutbound = (config: OutboundConfig) => {
  const { name, translator, mayChange, socket, report, drop, guard } = config
  const forwards = toMatcher(config.forward, 'forward')

  /** Makes the frame; what it throws, or rejects with, is a problem. */
  const make = (translate: Translator['toFrame'], value: unknown): Eventual<Frame> => {
    let frame
    try {
      frame = translate(value)
    } catch (error) {
      return refuse(error)
    }
    if (!isPending(frame)) return frame
    const made = frame.then(undefined, refuse)
    // Nobody waits for it when the send has been refused meanwhile.
    made.then(undefined, () => {})
    return made
  }
  const toFrame = (value: unknown) => make(translator.toFrame, value)
  const encode = (value: unknown) => make(translator.encode, value)

  const deliver = (value: unknown, options: SendOptions, toSend: (value: unknown) => Eventual<Frame>): SendResult => {
    const { whenOffline, ttl, id = config.createId() } = options
    let frame
    try {
      frame = toSend(value)
    } catch (problem) {
      report(problem as Problem)
      drop('invalid', id)
      return { id, delivery: 'dropped', reason: 'invalid' }
    }
    const remake = mayChange ? () => toSend(value) : undefined
    const outcome = socket.send(frame, { id, whenOffline, ttl, remake })
    // Not spread: this is on the way of every send.
    return outcome.delivery === 'sent' ? { id, delivery: 'sent' } : { id, ...outcome }
  }

  /** Sends a value; never throws, and says what became of it. */
  const send = (value: unknown, options: SendOptions = {}): SendResult => deliver(value, options, toFrame)

  /** Sends a protocol's own envelope: the schema is for what the app sends. */
  const sendOwn = (value: unknown, options: SendOptions = {}): SendResult => deliver(value, options, encode)

  /** Sends a frame as it is. */
  const sendRaw = (frame: unknown, options: SendOptions = {}): SendResult => deliver(frame, options, asItIs)

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

  return { send, sendOwn, sendRaw, pass, claims: forwards && claims }
}
