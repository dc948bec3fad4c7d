import { closeOf, connectOf, reconnectOf, senderOf } from './commands.js'
import { DEFAULT_NAME } from './creators.js'
import { createEvent, type SocketEventCreators } from './events.js'

const eventOf = <Verb extends keyof SocketEventCreators<unknown>>(verb: Verb): SocketEventCreators<unknown>[Verb] =>
  createEvent(DEFAULT_NAME, verb) as never

/** Connects: `dispatch` returns a promise of `'open' | 'reconnecting' | 'closed' | 'failed'` that settles after the first attempt. */
export const socketConnect = /* @__PURE__ */ connectOf(DEFAULT_NAME)

/** Sends a value through the codec: `dispatch` returns `{ id, delivery: 'sent' | 'queued' | 'dropped', reason? }`. */
export const socketSend = /* @__PURE__ */ senderOf(DEFAULT_NAME, 'send')

/** Sends a text or bytes as they are, past schema and codec: `dispatch` returns what it returns for `socketSend`. */
export const socketSendRaw = /* @__PURE__ */ senderOf(DEFAULT_NAME, 'sendRaw')

/** Gives the socket up and connects again; ends a wait for the next attempt. `dispatch` returns what it returns for `socketConnect`. */
export const socketReconnect = /* @__PURE__ */ reconnectOf(DEFAULT_NAME)

/** Closes the connection, with a code (1000, or 3000–4999) and a reason; `dispatch` returns a promise of `'closed'`. */
export const socketClose = /* @__PURE__ */ closeOf(DEFAULT_NAME)

/** An attempt starts: `{ attempt, url }`. */
export const socketConnecting = /* @__PURE__ */ eventOf('connecting')

/** The connection is ready: `{ url, protocol, reconnected, at }`. */
export const socketOpened = /* @__PURE__ */ eventOf('opened')

/** A decoded message that no `accept` rule matched. */
export const socketMessage = /* @__PURE__ */ eventOf('message')

/** Something failed, and the connection goes on: `{ code, message, excerpt? }`. */
export const socketError = /* @__PURE__ */ eventOf('error')

/** A socket is gone: `{ code, reason, wasClean, at, cause?, next }`; `code` is `null` where the network reported none. */
export const socketClosed = /* @__PURE__ */ eventOf('closed')

/** The next attempt waits: `{ attempt, delay, retryAt }`. */
export const socketReconnecting = /* @__PURE__ */ eventOf('reconnecting')

/** The connection has given up, until the next connect: `{ code, message }`. */
export const socketFailed = /* @__PURE__ */ eventOf('failed')

/** Sends that will not arrive: `{ reason, ids, count }`. */
export const socketDropped = /* @__PURE__ */ eventOf('dropped')

/** Received bytes that were released to make room: `{ ids }`. */
export const socketReleased = /* @__PURE__ */ eventOf('released')

/** Values of the state that changed, at most once every 16 ms: any of `{ queued, latency, buffered, retryAt, congested }`. */
export const socketChanged = /* @__PURE__ */ eventOf('changed')
