import { createSocketActions } from './createSocketActions.js'

/** The vocabulary of the default connection, whole. */
export const defaultActions = /* @__PURE__ */ createSocketActions()

/** Connects: `dispatch` returns a promise of `'open' | 'reconnecting' | 'closed' | 'failed'` that settles after the first attempt. */
export const socketConnect = defaultActions.connect

/** Sends a value through the codec: `dispatch` returns `{ id, delivery: 'sent' | 'queued' | 'dropped', reason? }`. */
export const socketSend = defaultActions.send

/** Sends a text or bytes as they are, past schema and codec: `dispatch` returns as for `socketSend`. */
export const socketSendRaw = defaultActions.sendRaw

/** Hears messages across reconnects, `socketListen(rule, listener)`: `dispatch` returns a function that ends it. */
export const socketListen = defaultActions.listen

/** Reads messages in order, `socketReceive(rule?, options?)`: `dispatch` returns an async iterator that waits for the connection. */
export const socketReceive = defaultActions.receive

/** Drops what there is and dials anew, from a wait for the next attempt at once; `dispatch` returns as for `socketConnect`. */
export const socketReconnect = defaultActions.reconnect

/** Closes for good, with a code (1000, or 3000–4999) and a reason; `dispatch` returns a promise of `'closed'`. */
export const socketClose = defaultActions.close

/** An attempt begins: `{ attempt, url }`. */
export const socketConnecting = defaultActions.connecting

/** The connection is ready: `{ url, protocol, reconnected, at }`. */
export const socketOpened = defaultActions.opened

/** A decoded message that no `accept` rule claimed. */
export const socketMessage = defaultActions.message

/** Something went wrong, not terminal: `{ code, message, excerpt? }`. */
export const socketError = defaultActions.error

/** A socket is gone: `{ code, reason, wasClean, at, cause?, next }`; `code` is `null` where the network said none. */
export const socketClosed = defaultActions.closed

/** The next attempt waits: `{ attempt, delay, retryAt }`. */
export const socketReconnecting = defaultActions.reconnecting

/** The connection gave up, until the next connect: `{ code, message }`. */
export const socketFailed = defaultActions.failed

/** Sends that will not arrive: `{ reason, ids, count }`. */
export const socketDropped = defaultActions.dropped

/** Received bytes that were let go to make room: `{ ids }`. */
export const socketReleased = defaultActions.released

/** Counters that changed, at most once a frame: any of `{ queued, latency, buffered, retryAt, congested }`. */
export const socketChanged = defaultActions.changed
