import type { Frame } from '../../internal/bytes.js'

// What a store of sessions does, so that any node can resume any session: Redis, behind `reduplex/server/redis`. Without a store the sessions live in
// the memory of one process. Sessions are found by the SHA-256 of their key (`hash`): a store never holds a key that opens a session.

/** A frame to the client that it has not acknowledged. */
export interface StoredFrame {
  /** Counted from 1. */
  readonly number: number
  /** A text or bytes; a store cannot read a Blob in one step. */
  readonly frame: Exclude<Frame, Blob>
}

/** A new session. */
export interface NewSession {
  /** The SHA-256 of its key, in base64url. */
  readonly hash: string
  /** The public id of the connection. */
  readonly id: string
  /** What the option `owner` returned; `''` without authorisation. */
  readonly owner: string
  /** The process that has it. */
  readonly node: string
  /** The codec's part of the subprotocol. */
  readonly codec: string
  /** How long the session waits for its client, in milliseconds. The store keeps it at least that long after the last write. */
  readonly ttl: number
}

/** All that the owner of a session knows, for a store that has lost it. */
export interface SessionSnapshot extends NewSession {
  /** How many processes have had it: each claim adds one. */
  readonly generation: number
  /** How often the client has asked for it. */
  readonly turn: number
  /** How many frames of the client are handled. */
  readonly handled: number
  /** The highest number given to a frame to the client. */
  readonly top: number
  /** How many frames the client has acknowledged. */
  readonly acked: number
  /** Frames of the client up to this number may have been handled before. */
  readonly doubt: number
  /** `connection.data` as JSON. */
  readonly data: string
  /** The frames that the client has not acknowledged, in order. */
  readonly frames: readonly StoredFrame[]
}

/** What a store knows of a session. */
export interface FoundSession {
  /** The public id of the connection. */
  readonly id: string
  /** Whose it is. */
  readonly owner: string
  /** The process that has it; `''` when it was released. */
  readonly node: string
  /** How many processes have had it. */
  readonly generation: number
  /** An earlier run of the store wrote it: it may be older than what was acknowledged. */
  readonly isStale: boolean
  /** A later connection has asked for the session before. */
  readonly isLate: boolean
}

/** A session that now belongs to who claimed it. */
export interface ClaimedSession extends SessionSnapshot {
  /** The claims in a row without progress while a frame was in doubt: above 3 the frame itself ends the processes. */
  readonly tries: number
}

/** The answer to a write of an owner. `moved`: another owner has it, or it was released. `gone`: it is missing, or an earlier run or owner wrote it. */
export type WriteAnswer = 'ok' | 'moved' | 'gone'

/** A store of sessions that several processes share. Every function rejects while the store cannot be reached. */
export interface SessionStore {
  /** Adds a new session. */
  readonly create: (session: NewSession) => Promise<void>
  /** Finds a session, and raises its turn when `turn` is greater and the owner is right. */
  readonly find: (hash: string, owner: string, turn: number) => Promise<FoundSession | undefined>
  /** The same without a change. */
  readonly peek: (hash: string) => Promise<Pick<FoundSession, 'node' | 'generation' | 'isStale'> | undefined>
  /** Makes `node` the owner; every owner before it is refused from now on. `sent`: the highest number that the client has given. */
  readonly claim: (
    hash: string,
    node: string,
    turn: number,
    sent: number,
  ) => Promise<ClaimedSession | 'late' | undefined>
  /** Adds frames; numbers that are known are left out. `gone` when there would be a hole. */
  readonly append: (hash: string, generation: number, frames: readonly StoredFrame[]) => Promise<WriteAnswer>
  /** `data`: `connection.data` as JSON; left out when it has not changed. Also keeps an idle session from expiring. */
  readonly handled: (hash: string, generation: number, handled: number, data?: string) => Promise<WriteAnswer>
  /** The client has acknowledged frames: the store may remove them. */
  readonly acked: (hash: string, generation: number, acked: number) => Promise<WriteAnswer>
  /** The owner gives the session up: it handles the frames up to `taken`, and no others. */
  readonly release: (hash: string, generation: number, taken: number) => Promise<WriteAnswer>
  /** Writes a session that the store has lost. `moved`: a later owner has it. */
  readonly restore: (snapshot: SessionSnapshot) => Promise<'ok' | 'moved'>
  /** Removes a session, unless a later owner has it. */
  readonly remove: (hash: string, generation: number) => Promise<void>
  /** Asks another process to release a session. `false`: it refused, or did not answer within 1 s. */
  readonly requestRelease: (node: string, hash: string, turn: number) => Promise<boolean>
  /** Starts to answer the requests of other processes for `node`. Returns a function that stops it. */
  readonly answerReleases: (node: string, release: (hash: string, turn: number) => Promise<boolean>) => () => void
  /**
   * Calls the listener when the store can be reached, also at once if it can (`true`), and when it is out of reach, for each reason (`false`). Returns a
   * function that stops it.
   */
  readonly onReach: (listener: (isReachable: boolean, error?: Error) => void) => () => void
  /** Closes the connections to the store. */
  readonly close: () => Promise<void>
}
