import { codedError } from '../../internal/errors.js'
import { aCount, aFunction, isFunction } from '../../internal/optionChecks.js'
import { group, type OptionGroup } from '../../internal/optionGroups.js'
import type { SessionStore } from './sessionStore.js'

/** The sessions of a server. Times are in milliseconds, sizes in bytes. */
export interface SessionOptions<User = unknown> {
  /**
   * Returns who a session belongs to: a text that is not empty and stays the same when the user gets a new token. Only a client of the same owner can
   * resume a session. Called once after `authorize`; a client is refused (1011) when it throws or returns something else. Required with `authorize`.
   */
  readonly owner?: (user: User) => string
  /** How long a session waits for its client, in milliseconds. @default 120000 */
  readonly ttl?: number
  /** How many messages are kept for one client that has not acknowledged them. Above that its session is lost. @default 10000 */
  readonly maxMessages?: number
  /** Their bytes. One larger message may be alone. @default 1048576 */
  readonly maxBytes?: number
  /** The bytes of all sessions of this process. A message that several sessions keep counts once. @default 268435456 */
  readonly maxTotalBytes?: number
  /**
   * How long the listeners of a message may take until it counts as handled, in milliseconds; then an `error` event with the code `handler_slow` comes.
   * @default 10000
   */
  readonly handleTimeout?: number
  /** How long an acknowledgement may wait for others, in milliseconds. @default 250 */
  readonly ackInterval?: number
  /** Keeps the sessions of several processes, so that any of them can resume a session. @default sessions live in the memory of this process */
  readonly store?: SessionStore
}

const storeMembers = [
  'create',
  'find',
  'peek',
  'claim',
  'append',
  'handled',
  'acked',
  'release',
  'restore',
  'remove',
  'requestRelease',
  'answerReleases',
  'onReach',
  'close',
] as const

const isStore = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  storeMembers.every((name) => isFunction((value as Partial<SessionStore>)[name]))

/** The checks of the option `session`. */
export const sessionChecks: OptionGroup = group(
  {
    owner: aFunction,
    ttl: aCount,
    maxMessages: aCount,
    maxBytes: aCount,
    maxTotalBytes: aCount,
    handleTimeout: aCount,
    ackInterval: aCount,
    store: ['a store of sessions', isStore],
  },
  'an object',
)

/** @throws `invalid_option` for sessions without an owner on a server with `authorize`: any user could resume them */
export const checkSessionOwner = (
  caller: string,
  { session, authorize }: { readonly session?: SessionOptions<never>; readonly authorize?: unknown },
): void => {
  if (!session || !authorize || session.owner) return
  const text = 'expected the option "session.owner" beside "authorize": it says whose a session is'
  throw codedError('invalid_option', `${caller}: ${text}. Add it: session: { owner: (user) => user.id }.`)
}

/** The option `session` with its defaults; `undefined` without it. */
export const resolveSession = (session: SessionOptions<never> | undefined) => {
  if (!session) return undefined
  return {
    ttl: session.ttl ?? 120_000,
    maxMessages: session.maxMessages ?? 10_000,
    maxBytes: session.maxBytes ?? 1024 * 1024,
    maxTotalBytes: session.maxTotalBytes ?? 256 * 1024 * 1024,
    handleTimeout: session.handleTimeout ?? 10_000,
    ackInterval: session.ackInterval ?? 250,
  }
}

/** The settings of the sessions of a server. */
export type SessionSettings = NonNullable<ReturnType<typeof resolveSession>>
