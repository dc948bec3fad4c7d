import type { ControlFrame, Hello, SessionWindow } from '../../internal/sessionFrames.js'
import type { KeptFrames } from './keptFrames.js'

// One session as the server keeps it: counters and frames. The functions that change it are those of the modules beside this one; they use no timers, no
// sockets and no codec, so that a model can drive them.

/** The connection below a session: one WebSocket whose client was admitted. */
export interface SessionLink<Out> {
  /** What the option `owner` returned for its user; `''` without authorisation. */
  readonly owner: string
  /** The codec's part of its subprotocol. */
  readonly codec: string
  /** The network of the client's address. */
  readonly network: string
  /** Whether it is closing or closed. */
  readonly isOver: () => boolean
  readonly sendControl: (frame: ControlFrame) => void
  readonly sendFrame: (frame: Out) => void
  readonly close: (code: number, reason: string) => void
}

/** The counters of a hello that has a key. */
export interface ResumeHello extends Hello {
  readonly key: string
  readonly turn: number
  readonly received: number
  readonly acked: number
  readonly sent: number
}

/** Whether a hello asks for a session that exists. */
export const isResumeHello = (hello: Hello): hello is ResumeHello => hello.key !== undefined

/** A frame of the client that was taken and is not known to be handled. */
export interface TakenFrame {
  readonly number: number
  readonly bytes: number
  isHandled: boolean
}

/** A session of this process. */
export interface Session<Out> {
  /** The public id of the connection. */
  readonly id: string
  /** The SHA-256 of the key. */
  readonly hash: string
  readonly owner: string
  readonly codec: string
  readonly network: string
  /** Counts the owners of the session, for a store. */
  readonly generation: number
  /** How often the client has asked for the session. */
  turn: number
  /** The connection that the session is on; `undefined` while it is suspended. */
  link: SessionLink<Out> | undefined
  /** How much the client keeps without an acknowledgement. */
  window: SessionWindow
  /** Whether the client has shown that it has got the welcome. */
  isConfirmed: boolean
  /** Whether it has said bye, or is about to: nothing more is taken or sent. */
  isEnding: boolean

  // Frames of the client.
  taken: number
  handled: number
  /** The highest number that is handled and, with a store, saved. */
  saved: number
  /** The highest number that the client was told. */
  told: number
  /** The bytes of the frames that are handled and that the client was not told. */
  untoldBytes: number
  /** In order. */
  waiting: TakenFrame[]
  /** Frames up to this number may have been handled before, by a process that has ended. */
  doubt: number

  // Frames to the client.
  sent: number
  acked: number
  /** The highest number that is in the store; without one, the highest number. */
  stored: number
  /** The highest number that went out on this link. */
  cursor: number
  readonly out: KeptFrames<Out>

  /** Whether a task that saves the counters and frames is in the queue. */
  isSaving: boolean
  /** Whether the store has to be told that the session goes on, although nothing has changed. */
  isTouched: boolean
  /** `connection.data` as the store has it. */
  storedData: string
  /** The highest acknowledgement of the client that is in the store. */
  storedAcked: number
}

/** The members of a session that say where it begins. */
export type SessionStart<Out> = Pick<
  Session<Out>,
  'id' | 'hash' | 'owner' | 'codec' | 'network' | 'generation' | 'turn' | 'window' | 'isConfirmed' | 'doubt' | 'out'
> & { readonly handled: number; readonly sent: number; readonly acked: number }

/** Creates a session without a connection. */
export const createSession = <Out>({ handled, sent, acked, ...start }: SessionStart<Out>): Session<Out> => ({
  ...start,
  link: undefined,
  isEnding: false,
  taken: handled,
  handled,
  saved: handled,
  told: handled,
  untoldBytes: 0,
  waiting: [],
  sent,
  acked,
  stored: sent,
  cursor: acked,
  isSaving: false,
  isTouched: false,
  storedData: '{}',
  storedAcked: acked,
})

/** Whether a later connection has asked for the session: the client has given this one up. */
export const isLate = ({ turn }: Pick<Session<unknown>, 'turn'>, asked: number): boolean => asked <= turn

/** Whether what a client says fits what is known. If not, one of both has lost something, or lies: there would be a hole. */
export const fits = (
  session: Pick<Session<unknown>, 'acked' | 'sent' | 'saved' | 'taken'>,
  { received, acked, sent }: ResumeHello,
): boolean => received >= session.acked && received <= session.sent && acked <= session.saved && sent >= session.taken
