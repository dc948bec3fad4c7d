import { isFrame, type Frame } from '../../internal/bytes.js'
import { isCount } from '../../internal/optionChecks.js'

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

const isText = (value: unknown): boolean => typeof value === 'string'

/** Whether the members that a send has are what they should be. */
const isSend = (value: unknown): boolean => {
  const { at = 0, data = '', expiresAt, id = '' } = Object(value) as Partial<WaitingSend>
  return isText(id) && isFrame(data) && isCount(at) && isCount(expiresAt ?? 0)
}

const isWaiting = (value: unknown): boolean => {
  const { at, data, id } = Object(value) as Partial<WaitingSend>
  return isSend(value) && ![at, data, id].includes(undefined)
}

/** Whether a record has the form that {@link StorageSlot.save} was given. */
export const isStoredSession = (value: unknown): value is StoredSession => {
  const { acked, codec, key, owner, queued, savedAt, sent, turn, unacked, url } = Object(
    value,
  ) as Partial<StoredSession>
  return (
    [acked, savedAt, sent, turn].every(isCount) &&
    [acked, sent, turn].every(Number.isSafeInteger) &&
    [codec, key, owner, url].every((text = '') => isText(text)) &&
    Array.isArray(unacked) &&
    unacked.length === sent! - acked! &&
    unacked.every(isSend) &&
    Array.isArray(queued) &&
    queued.every(isWaiting)
  )
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
  /**
   * Removes all that this owner has stored for a connection and that no page has, and resolves with it. Called when the owner changes; a storage that has one
   * place for each connection does not need it.
   */
  readonly forget?: (scope: string, owner: string) => Promise<readonly StoredSession[]>
}
