// The options of features that few apps need. Those that callbacks of the app or its types take part in are in options.ts.

/** How fast a connection may send. */
export interface SendRateOptions {
  /** How many messages a second. May be less than 1. */
  readonly perSecond: number
  /** How many messages may go out at once after a time without any. @default 1 */
  readonly burst?: number
}

/** Where a session keeps what is not acknowledged: `indexedDbStorage()` or `customStorage()` of `reduplex/session/storage`. */
export interface SessionOutbox {
  /** For `sessionFeature` only. */
  readonly open: (session: never) => object
}

/** The options of a session on the side of the client. */
export interface ClientSessionOptions {
  /** How many messages may be sent and not yet acknowledged. Further ones wait in the queue. @default 1000 */
  readonly maxMessages?: number
  /** How much they may take, in bytes; a text counts its UTF-16 code units. A larger message goes alone. @default 1048576 (1 MiB) */
  readonly maxBytes?: number
  /** How long received messages may wait for their acknowledgement, in milliseconds. @default 250 */
  readonly ackInterval?: number
  /**
   * Keeps sends that are not acknowledged over a reload or a crash of the page: `indexedDbStorage()` of `reduplex/session/storage`.
   * @default none: they are lost with the page
   */
  readonly storage?: SessionOutbox
}
