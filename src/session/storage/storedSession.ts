import type { Frame } from '../../internal/bytes.js'

// What a storage keeps of a session, and what a storage does. These names are in databases of users: a change of them needs another format.

/** A send that has a number and is not acknowledged. */
export interface NumberedSend {
  /** The id of the send; missing for a request and for a frame of a protocol. */
  readonly id?: string
  /** The very bytes; missing for what is not sent again by another page. */
  readonly data?: Frame
  /** When it was stored first, in milliseconds since the epoch. */
  readonly at?: number
}

/** A send that waits without a number. */
export interface WaitingSend {
  /** The id of the send. */
  readonly id: string
  /** The very bytes. */
  readonly data: Frame
  /** When it was stored first, in milliseconds since the epoch. */
  readonly at: number
  /** When its `ttl` is over, in milliseconds since the epoch; `Infinity` or null for never. */
  readonly expiresAt: number | null
}

/** A session as a storage keeps it: plain data, but for bytes in the frames of a binary codec. `key` is a secret. */
export interface StoredSession {
  /** The secret that opens the session; missing without a session. */
  readonly key?: string
  /** The subprotocol of the codec of the frames; missing before the first session. */
  readonly codec?: string
  /** How often the session was asked for. */
  readonly turn: number
  /** The highest number that the server has acknowledged. */
  readonly acked: number
  /** The highest number that was given. */
  readonly sent: number
  /** The frames from `acked + 1` to `sent`, in order. */
  readonly unacked: readonly NumberedSend[]
  /** What waits, in order. */
  readonly queued: readonly WaitingSend[]
  /** Whose it is, as the option `owner` says. */
  readonly owner?: string
  /** Where it was connected, without a query; missing before the first connection. */
  readonly url?: string
  /** When it was saved, in milliseconds since the epoch. */
  readonly savedAt: number
}

type Shape = Readonly<Record<string, (value: unknown) => boolean>>

const isNumber = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isText = (value: unknown): boolean => typeof value === 'string'
const isFrame = (value: unknown): boolean => isText(value) || value instanceof ArrayBuffer || ArrayBuffer.isView(value)
const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0
const optional =
  (check: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || check(value)

const hasShape = (value: unknown, shape: Shape): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(shape).every(([name, check]) => check((value as Record<string, unknown>)[name]))

const listOf =
  (shape: Shape) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every((one) => hasShape(one, shape))

const sessionShape: Shape = {
  key: optional(isText),
  codec: optional(isText),
  turn: isNumber,
  acked: isNumber,
  sent: isNumber,
  unacked: listOf({ id: optional(isText), data: optional(isFrame), at: optional(isTime) }),
  queued: listOf({ id: isText, data: isFrame, at: isTime, expiresAt: (value) => value === null || isTime(value) }),
  owner: optional(isText),
  url: optional(isText),
  savedAt: isTime,
}

/** Whether a record has the form that {@link StorageSlot.save} was given. */
export const isStoredSession = (value: unknown): value is StoredSession => {
  if (!hasShape(value, sessionShape)) return false
  const { acked, sent, unacked } = value as StoredSession
  return unacked.length === sent - acked
}

/** A place for one session, which no other page has at the same time. */
export interface StorageSlot {
  /** What a page that is gone has left. */
  readonly stored?: StoredSession | undefined
  /**
   * Saves the session in place of the one before; without a session, removes it. Resolves once a crash of the page cannot undo it. Called one at a time, except
   * when the page is left, and after a save that took over 5 s: what is saved last must win.
   */
  readonly save: (session?: StoredSession) => Promise<void>
  /** Lets another page have the place. */
  readonly close: () => void
}

/** A storage of sessions. */
export interface SessionStorage {
  /**
   * Finds a place for the session of a connection: the one that was saved last and that no page has, or a new one. `scope` is the name of the connection. Two
   * pages must never have one place at the same time: what it has would be sent twice. Rejects when the storage cannot be used.
   */
  readonly claim: (scope: string) => Promise<StorageSlot>
}
