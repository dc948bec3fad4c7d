import { closeOf, connectOf, reconnectOf, senderOf } from './commands.js'
import { DEFAULT_NAME } from './creators.js'
import { createEvent, type SocketEventCreators } from './events.js'
import { listenOf, receiveOf } from './listening.js'

const eventOf = <Verb extends keyof SocketEventCreators<unknown>>(verb: Verb): SocketEventCreators<unknown>[Verb] =>
  createEvent(DEFAULT_NAME, `socket/${verb}`) as never

/** Connects: `dispatch` returns a promise of `'open' | 'reconnecting' | 'closed' | 'failed'` that settles after the first attempt. */
export const socketConnect = /* @__PURE__ */ connectOf(DEFAULT_NAME)

/** Sends a value through the codec: `dispatch` returns `{ id, delivery: 'sent' | 'queued' | 'dropped', reason? }`. */
export const socketSend = /* @__PURE__ */ senderOf(DEFAULT_NAME, 'send')

/** Sends a text or bytes as they are, past schema and codec: `dispatch` returns as for `socketSend`. */
export const socketSendRaw = /* @__PURE__ */ senderOf(DEFAULT_NAME, 'sendRaw')

/** Hears messages across reconnects, `socketListen(rule, listener)`: `dispatch` returns a function that ends it. */
export const socketListen = /* @__PURE__ */ listenOf(DEFAULT_NAME)

/** Reads messages in order, `socketReceive(rule?, options?)`: `dispatch` returns an async iterator that waits for the connection. */
export const socketReceive = /* @__PURE__ */ receiveOf(DEFAULT_NAME)

/** Drops what there is and dials anew, from a wait for the next attempt at once; `dispatch` returns as for `socketConnect`. */
export const socketReconnect = /* @__PURE__ */ reconnectOf(DEFAULT_NAME)

/** Closes for good, with a code (1000, or 3000–4999) and a reason; `dispatch` returns a promise of `'closed'`. */
export const socketClose = /* @__PURE__ */ closeOf(DEFAULT_NAME)

/** An attempt begins: `{ attempt, url }`. */
export const socketConnecting = /* @__PURE__ */ eventOf('connecting')

/** The connection is ready: `{ url, protocol, reconnected, at }`. */
export const socketOpened = /* @__PURE__ */ eventOf('opened')

/** A decoded message that no `accept` rule claimed. */
export const socketMessage = /* @__PURE__ */ eventOf('message')

/** Something went wrong, not terminal: `{ code, message, excerpt? }`. */
export const socketError = /* @__PURE__ */ eventOf('error')

/** A socket is gone: `{ code, reason, wasClean, at, cause?, next }`; `code` is `null` where the network said none. */
export const socketClosed = /* @__PURE__ */ eventOf('closed')

/** The next attempt waits: `{ attempt, delay, retryAt }`. */
export const socketReconnecting = /* @__PURE__ */ eventOf('reconnecting')

/** The connection gave up, until the next connect: `{ code, message }`. */
export const socketFailed = /* @__PURE__ */ eventOf('failed')

/** Sends that will not arrive: `{ reason, ids, count }`. */
export const socketDropped = /* @__PURE__ */ eventOf('dropped')

/** Received bytes that were let go to make room: `{ ids }`. */
export const socketReleased = /* @__PURE__ */ eventOf('released')

/** Counters that changed, at most once a frame: any of `{ queued, latency, buffered, retryAt, congested }`. */
export const socketChanged = /* @__PURE__ */ eventOf('changed')
