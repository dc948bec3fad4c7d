import { SHOULD_AUTOBATCH, type Action } from '@reduxjs/toolkit'
import type { SocketActions } from '../actions/createSocketActions.js'
import { byteLength, type ReceivedFrame } from '../internal/bytes.js'
import { isPageVisible } from '../internal/environment.js'
import { codedError, problemOf, type Problem } from '../internal/errors.js'
import { andThen, createLane, isPending, type Lane } from '../internal/lane.js'
import type { BinaryTable } from './binary.js'
import type { Guard } from './guard.js'
import { isActionLike, toMatcher, type ActionLike } from './match.js'
import type { SocketMiddlewareOptions } from './options.js'
import { toPlain } from './plain.js'
import type { HostedProtocol } from './hosting.js'
import type { Translator } from './translate.js'

/** Prefixes that belong to Redux, to RTK and to us. */
const alwaysReserved = ['socket/', 'socket:', '@@', '__rtkq/', 'listenerMiddleware/', 'dynamicMiddleware/', 'persist/']

/** What the way in needs to know. */
export interface InboundConfig {
  readonly options: SocketMiddlewareOptions
  readonly actions: SocketActions
  readonly translator: Translator
  readonly binary: Pick<BinaryTable, 'keep'>
  /** Hears each message after the store, as it was decoded. Must not throw. */
  readonly tell: (message: unknown) => void
  readonly inTurn: (task: () => void) => void
  readonly dispatch: (action: Action) => void
  readonly report: (problem: Problem) => void
  readonly guard: Guard
  /** The protocol that some of the messages are for. */
  readonly protocol: Pick<HostedProtocol, 'claims' | 'receive'> | undefined
  /** Whether a frame is small enough. */
  readonly admits: (frame: ReceivedFrame) => boolean
}

/** Messages that may wait for an async codec or schema, and their bytes; an endless peer must not fill the memory. */
const MAX_WAITING = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** The way in of one connection. */
export interface Inbound extends Pick<Lane, 'pending' | 'forget'> {
  /** Takes a frame. Never throws. */
  readonly receive: (frame: ReceivedFrame) => void
}

/** A problem with a frame, as plain data that shows how it begins. */
const problemWith = (frame: ReceivedFrame, error: unknown, code: string): Problem => {
  const problem = problemOf(error, code)
  return typeof frame === 'string' ? { ...problem, excerpt: frame.slice(0, 100) } : problem
}

/** Whether a frame is within `maxMessageBytes`; reports one that is not. */
export const createLimit =
  ({ options: { maxMessageBytes = 8 * 1024 * 1024 }, report }: Pick<InboundConfig, 'options' | 'report'>) =>
  (frame: ReceivedFrame): boolean => {
    // A text's bytes are counted only when its length leaves that open.
    if (typeof frame === 'string' && frame.length * 3 <= maxMessageBytes) return true
    const bytes = byteLength(frame)
    if (bytes <= maxMessageBytes) return true
    const message = `Expected at most ${maxMessageBytes} bytes in a message ("maxMessageBytes"), got ${bytes}: it was not parsed.`
    report(problemWith(frame, message, 'message_too_large'))
    return false
  }

/** The way in: frame → size → codec → protocol, or schema → plain data → accept → toActions → dispatch → listeners. */
export const createInbound = (config: InboundConfig): Inbound => {
  const { options, actions, translator, binary, report, guard, protocol, admits } = config
  const { toActions, autoBatch = true } = options
  const { name } = actions
  const accepts = toMatcher(options.accept, 'accept')
  const lane = createLane(config.inTurn)
  const reserved = [...alwaysReserved, ...(options.reserved ?? [])]

  /** The meta of what goes to the store, by whether its notification may wait for the next frame. */
  const metas = (meta: object) => [meta, { ...meta, [SHOULD_AUTOBATCH]: true }] as const
  const messageMeta = metas({ socket: name })
  const receivedMeta = metas({ receivedFrom: name })

  const dispatch = (action: Action) => guard(`Dispatching "${action.type}"`, () => config.dispatch(action))

  const refuse = (error: unknown, frame: ReceivedFrame, code = 'invalid_frame') =>
    report(problemWith(frame, error, code))

  /** Dispatches what came in, unless its type is not a message's to claim. */
  const admit = (action: Action, frame: ReceivedFrame) => {
    const type = (action as Partial<Action> | null)?.type
    if (typeof type !== 'string' || !reserved.some((prefix) => type.startsWith(prefix))) {
      dispatch(action)
      return
    }
    const message = `Expected a type of the app's own, got "${type.slice(0, 60)}": that prefix is reserved.`
    refuse(message, frame, 'reserved_type')
  }

  const take = (message: unknown, frame: ReceivedFrame) => {
    const batched = Number(autoBatch && isPageVisible())
    if (accepts && isActionLike(message) && guard('A rule of "accept"', () => accepts(message))) {
      const { type, payload, error } = message
      // Not spread: this is on the way of every message.
      const meta = receivedMeta[batched]!
      const action: Action & ActionLike = 'payload' in message ? { type, payload, meta } : { type, meta }
      if ('error' in message) Object.assign(action, { error })
      return admit(action, frame)
    }
    const mapped = toActions && guard('"toActions"', () => toActions(message))
    if (!mapped) return dispatch({ type: actions.message.type, payload: message, meta: messageMeta[batched] } as Action)
    for (const action of ([] as (ActionLike | null)[]).concat(mapped as ActionLike)) {
      admit({ ...action, meta: { ...(action?.meta as object), ...receivedMeta[batched] } } as unknown as Action, frame)
    }
  }

  /** A part of a protocol's message as plain data. */
  const toStore = (value: unknown) => toPlain(value, binary.keep)

  const pass = (message: unknown, frame: ReceivedFrame) => {
    try {
      take(translator.isPlain(frame) ? message : toPlain(message, binary.keep), frame)
    } catch (error) {
      // Only what cannot be made plain: what goes round in circles, or has a toJSON that throws.
      return refuse(error, frame)
    }
    config.tell(message)
  }

  return {
    pending: lane.pending,
    forget: lane.forget,
    receive: (frame) => {
      if (!admits(frame)) return
      if (lane.waiting() >= MAX_WAITING || lane.weight() >= MAX_WAITING_BYTES) {
        const message = `${lane.waiting()} messages wait for the codec or the schema, which are async: this one is refused. Make them faster.`
        // Not in its turn: to wait for that it would have to be kept.
        return refuse(codedError('receive_backlog', message), frame)
      }
      let message
      let isClaimed = false
      try {
        message = protocol
          ? andThen(translator.decode(frame), (value) => {
              isClaimed = protocol.claims(value)
              return isClaimed ? value : translator.check(value)
            })
          : translator.toMessage(frame)
      } catch (error) {
        return lane.pass(
          undefined,
          () => refuse(error, frame),
          () => {},
        )
      }
      lane.pass(
        message,
        (there) => (isClaimed ? protocol!.receive(there, toStore) : pass(there, frame)),
        (error) => refuse(error, frame),
        isPending(message) || lane.waiting() ? byteLength(frame) : 0,
      )
    },
  }
}
