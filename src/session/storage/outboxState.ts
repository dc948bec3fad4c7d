import type { Entry, SendQueue } from '../../connection/sendQueue.js'
import { now } from '../../internal/clock.js'
import type { ConnectionSession } from '../connectionSession.js'
import type { SessionStorage, StorageSlot, StoredSession } from './storedSession.js'

/** What a storage is used for, and for how long. */
export interface OutboxOptions {
  /**
   * How old a send may be when it is sent by another page than its own, in milliseconds. An older one is dropped as `expired`, and `socketExpired` has its data.
   * @default 86_400_000 (1 day)
   */
  readonly maxAge?: number
  /**
   * Whose the sends are, such as the id of the user: a text, or a function of the state of the store, which is called after each action. What another owner
   * has left is dropped, and so is everything when the owner changes: nothing stays after a sign-out. It is stored as it is: no secret. @default no owner
   */
  readonly owner?: string | ((state: never) => string | undefined)
}

/** The outbox of one connection. */
export interface Outbox {
  readonly own: ConnectionSession
  readonly storage: SessionStorage
  readonly options: OutboxOptions
  /** Missing until the storage is asked. */
  claimed?: Promise<void>
  /** `undefined` until the storage has answered, and when it cannot be used. */
  slot: StorageSlot | undefined
  /** Whether the slot may have a record. */
  hasRecord: boolean
  /** The session and the number up to which the record has the frames. */
  storedKey: string | undefined
  storedSent: number
  isScheduled: boolean
  isWriting: boolean
  /** Something has changed since the write under way began. */
  isDirty: boolean
  /** Frames wait for a write. */
  isHolding: boolean
  /** Nothing is stored: the server has no sessions, or the owner has changed since the connection was opened. */
  isOff: boolean
  /** The owner has changed since the connection was opened. */
  isSignedOut: boolean
  /** The callback `owner` threw the last time. */
  hasOwnerFailed: boolean
  hasFailed: boolean
  isDisposed: boolean
  /** The app has closed the connection before the storage has answered. */
  isClosed: boolean
  /** What another page has left, until the server has answered. */
  leftover: StoredSession | undefined
  /** The sends of it that wait. */
  readonly restored: Set<Entry>
  /** When each send was stored first, by id. */
  times: Map<string, number>
  /** The ids of sends that are not for another page. */
  readonly transient: Set<string>
  owner: string | undefined
  url: string | undefined
  /** Resolve once all is written. */
  readonly waiters: (() => void)[]
}

/** Creates the outbox of a connection. */
export const createOutbox = (own: ConnectionSession, storage: SessionStorage, options: OutboxOptions): Outbox => ({
  own,
  storage,
  options,
  slot: undefined,
  hasRecord: false,
  storedKey: undefined,
  storedSent: 0,
  isScheduled: false,
  isWriting: false,
  isDirty: false,
  isHolding: false,
  isOff: false,
  isSignedOut: false,
  hasOwnerFailed: false,
  hasFailed: false,
  isDisposed: false,
  isClosed: false,
  leftover: undefined,
  restored: new Set(),
  times: new Map(),
  transient: new Set(),
  owner: undefined,
  url: undefined,
  waiters: [],
})

/** The queue of a connection with a session. */
export const queueOf = ({ own }: Outbox): SendQueue => own.context.connection.queue!

/** Whether an id means anything to another page: a request has lost its caller with its page. */
const isKnown = (id: string | undefined): id is string => id !== undefined && !id.startsWith('rpc:')

/** Whether a send with this id is for another page. */
const isKept = ({ transient }: Outbox, id: string | undefined): boolean => isKnown(id) && !transient.has(id)

const isKeptEntry = (outbox: Outbox, { id, whenOffline }: Entry): boolean =>
  whenOffline !== 'drop' && isKept(outbox, id)

/** Whether there is anything to keep for another page. */
export const hasSomething = (outbox: Outbox): boolean =>
  outbox.own.session.unacked.some(({ id }) => isKept(outbox, id)) ||
  [...queueOf(outbox).entries].some((entry) => isKeptEntry(outbox, entry))

const firstCodec = ({ own: { context } }: Outbox): string | undefined => {
  const [first] = context.options.codecs ?? []
  return first && (first.subprotocol ?? '')
}

/** What is to be stored; `undefined` when that is nothing. */
export const toRecord = (outbox: Outbox): StoredSession | undefined => {
  const { isOff, leftover, own, owner, times } = outbox
  if (isOff || !hasSomething(outbox)) return undefined
  const { acked, key, sent, turn, unacked } = own.session
  // Before the first session the first codec of a list encodes.
  const codec = own.session.codec ?? firstCodec(outbox)
  const { url: place } = leftover ?? outbox
  const savedAt = now()
  const seen = new Map<string, number>()
  const timeOf = (id: string): number => {
    const at = times.get(id) ?? savedAt
    seen.set(id, at)
    return at
  }
  const waiting = [...queueOf(outbox).entries].filter((entry) => isKeptEntry(outbox, entry))
  const record: StoredSession = {
    ...(key !== undefined && { key }),
    ...(codec !== undefined && { codec }),
    turn,
    acked,
    sent,
    unacked: unacked.map(({ id, frame }) =>
      !isKnown(id) ? {} : isKept(outbox, id) ? { id, data: frame, at: timeOf(id) } : { id },
    ),
    queued: waiting.flatMap(({ encoded: data, expiresAt, id }) =>
      data === undefined ? [] : [{ id, data, at: timeOf(id), expiresAt }],
    ),
    ...(owner !== undefined && { owner }),
    ...(place !== undefined && { url: place }),
    savedAt,
  }
  outbox.times = seen
  return record
}
