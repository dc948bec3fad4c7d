import { after, now, type Cancel } from '../../internal/clock.js'
import type { InternalConnection } from '../connection/serverConnection.js'

/** Closes connections with 4401 when their authorisation ends, so that their clients get fresh credentials. */
export interface ExpiryTimers {
  readonly add: (connection: InternalConnection) => void
  readonly remove: (connection: InternalConnection) => void
}

/** The clock is read at least this often, in milliseconds: a timer does not run while a virtual machine is paused. */
const LOOK_MS = 60_000

/** Creates the timers of a server. Only connections whose authorisation ends have one. */
export const createExpiryTimers = (): ExpiryTimers => {
  const timers = new Map<InternalConnection, Cancel>()
  const schedule = (connection: InternalConnection): void => {
    const left = Math.max(0, connection.identity.expiresAt - now())
    timers.set(
      connection,
      after(Math.min(left, LOOK_MS), () => check(connection)),
    )
  }
  const check = (connection: InternalConnection): void => {
    timers.delete(connection)
    if (connection.identity.expiresAt > now()) schedule(connection)
    else connection.ending.refuse(4401, 'the authorization has expired')
  }
  return {
    add: (connection) => {
      if (connection.identity.expiresAt !== Infinity) schedule(connection)
    },
    remove: (connection) => {
      timers.get(connection)?.()
      timers.delete(connection)
    },
  }
}
