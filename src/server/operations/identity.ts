import { types } from 'node:util'
import { now } from '../../internal/clock.js'
import { show } from '../../internal/errors.js'
import { Refusal } from '../http/Refusal.js'
import type { SocketServerOptions } from '../options.js'

/** The id of a client's user, and the time when its authorisation ends. */
export interface Identity {
  /** What the option `userId` returned; `undefined` without that option or `authorize`. */
  readonly userId: string | undefined
  /** Milliseconds since the epoch; `Infinity` without an end. */
  readonly expiresAt: number
  /** What the option `session.owner` returned; `''` without that option or `authorize`. */
  readonly owner: string
}

/** Returns the identity of a user that `authorize` has let in. @throws a `Refusal` when it has expired, a TypeError when it is malformed */
export type Identify = (user: unknown) => Identity

/** The identity of a client without a user. */
export const anonymous: Identity = { userId: undefined, expiresAt: Infinity, owner: '' }

/** Below this a time is in seconds by mistake: in milliseconds it is of 1973. */
const EARLIEST = 100_000_000_000

/** Returns the time when the authorisation of a user ends. */
const expiryOf = (user: unknown): number => {
  const { expiresAt } = (typeof user === 'object' ? user : {}) as { readonly expiresAt?: unknown }
  if (expiresAt === undefined) return Infinity
  const time = types.isDate(expiresAt) ? expiresAt.getTime() : expiresAt
  if (typeof time === 'number' && time >= EARLIEST) return time
  const got = typeof time === 'number' ? String(time) : show(time)
  throw new TypeError(
    `expected "expiresAt" of what "authorize" returned to be a Date or milliseconds since the epoch, got ${got}`,
  )
}

const idOf = (name: string, option: (user: never) => unknown, user: unknown): string => {
  const id = option(user as never)
  if (typeof id === 'string' && id !== '') return id
  throw new TypeError(`expected "${name}" to return a text that is not empty, got ${show(id)}`)
}

/** Creates the function that identifies users. */
export const createIdentify =
  ({ userId, session }: Pick<SocketServerOptions, 'userId' | 'session'>): Identify =>
  (user) => {
    const { owner } = session ?? {}
    const expiresAt = expiryOf(user)
    if (expiresAt <= now()) throw new Refusal(4401, 'the authorization has expired')
    if (!userId && !owner && expiresAt === Infinity) return anonymous
    return {
      userId: userId && idOf('userId', userId, user),
      expiresAt,
      owner: owner ? idOf('session.owner', owner, user) : '',
    }
  }
