import { sizeOfBytes, type Frame, type ReceivedFrame } from './bytes.js'

// The frames of a session, for the client and the server. docs/protocol.md describes them.
// A control frame is the character `$` and a JSON object, as text under every codec: no JSON text begins with `$`. Heartbeats are the texts `ping` and
// `pong`. Every other frame is counted: both ends number them from 1 in each direction, and nothing in a frame says its number.

/** Whether a subprotocol is one of this library's own. A server that does not know it must not choose it. */
export const isOwnProtocol = (name: string): boolean => name.startsWith('reduplex.')

/** The subprotocol of a session under the codec without a name. A named codec is appended: `reduplex.session.1+cbor`. */
const SESSION_PROTOCOL = 'reduplex.session.1'

/** The subprotocol that stands for a session with the codec of this subprotocol. `''`: the codec without a name. */
export const sessionProtocol = (codec: string): string => (codec ? `${SESSION_PROTOCOL}+${codec}` : SESSION_PROTOCOL)

/** The codec's part of a session's subprotocol; `undefined` for any other subprotocol. */
export const codecOfSession = (protocol: string): string | undefined => {
  if (protocol === SESSION_PROTOCOL) return ''
  return protocol.startsWith(`${SESSION_PROTOCOL}+`) ? protocol.slice(SESSION_PROTOCOL.length + 1) : undefined
}

/** How much one end keeps that the other has not acknowledged. */
export interface SessionWindow {
  /** In frames. */
  readonly messages: number
  /** In bytes. */
  readonly bytes: number
}

/** How much of a window a frame takes: a text counts its UTF-16 code units. */
export const windowSize = (frame: Frame | ReceivedFrame): number =>
  typeof frame === 'string' ? frame.length : sizeOfBytes(frame)

/** The first session frame of the client on each connection. The members after `window` are there when it has a session. */
export interface Hello {
  readonly is: 'hello'
  readonly window: SessionWindow
  /** The secret that opens the session. */
  readonly key?: string
  /** 1, 2, 3 …: how often the client has asked for this session. It tells a late `hello` from the last one. */
  readonly turn?: number
  /** The number of counted frames that the client has passed to the store. */
  readonly received?: number
  /** The highest number that the server had acknowledged. */
  readonly acked?: number
  /** The highest number that the client has given. */
  readonly sent?: number
  /** The page that had the session is gone: it is not resumed, but ended, and the answer says how much of it was taken. */
  readonly end?: boolean
}

/** What every `welcome` says. */
interface WelcomeBase {
  readonly is: 'welcome'
  /** The public id of the connection. It stays the same after a resume. */
  readonly id: string
  /** How long the session waits for its client, in milliseconds. */
  readonly ttl: number
  readonly window: SessionWindow
  /** In bytes. */
  readonly maxPayload: number
  /** How fast the client may send. Without it there is no limit. */
  readonly rate?: { readonly perSecond: number; readonly burst: number }
}

/** The answer for a new session. */
export interface WelcomeNew extends WelcomeBase {
  readonly resumed: false
  readonly key: string
  /** How many frames of a session that is over were handled; there when that is still known. With `ended`, how many were taken. */
  readonly acked?: number
  /** `hello.end` was carried out: what the server has not taken of the session before, it never will. */
  readonly ended?: boolean
}

/** The answer for a session that goes on. */
export interface WelcomeBack extends WelcomeBase {
  readonly resumed: true
  /** How many frames of the client the server has taken: the client sends from the next number on. */
  readonly received: number
  /** How many of these are handled: the client may forget them. */
  readonly acked: number
  /** The highest number that the server has given. */
  readonly sent: number
  /** Whether subscriptions and running requests are still there. */
  readonly kept: boolean
}

/** The server's answer to `hello`. */
export type Welcome = WelcomeNew | WelcomeBack

/** Acknowledges counted frames up to a number. */
export interface Ack {
  readonly is: 'ack'
  readonly received: number
  readonly acked?: undefined
}

/** Ends the session. The server gives the reason why it takes nothing more. */
export interface Bye {
  readonly is: 'bye'
  readonly received: number
  /** Up to where frames were handled when the server ends before it has handled all that it has received. The others may be handled or not. */
  readonly acked?: number
  readonly reason?: string
}

/** A frame of the session itself. */
export type ControlFrame = Hello | Welcome | Ack | Bye

/** Whether a frame is a control frame. It is told from the first character, before any decoding. */
export const isControl = (frame: ReceivedFrame): frame is string => typeof frame === 'string' && frame[0] === '$'

/** Whether a frame has a number. */
export const isCounted = (frame: ReceivedFrame): boolean =>
  typeof frame !== 'string' || !(frame[0] === '$' || frame === 'ping' || frame === 'pong')

/** Writes a control frame. */
export const toControlFrame = (frame: ControlFrame): string => `$${JSON.stringify(frame)}`

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

/** Reads a control frame. `undefined` when it is malformed: not JSON, no known `is`, or a member of another type. */
export const readControlFrame = (text: string): ControlFrame | undefined => {
  try {
    const frame = JSON.parse(text.slice(1)) as Record<string, unknown>
    const { is, received, acked, sent, turn, window, key } = frame
    const counts = [received ?? 0, acked ?? 0, sent ?? 0, turn ?? 0]
    if (!counts.every(isCount) || !['string', 'undefined'].includes(typeof key)) return undefined
    if (is === 'ack' || is === 'bye') return isCount(received) ? (frame as never) : undefined
    const { messages, bytes } = window as { readonly messages: unknown; readonly bytes: unknown }
    if (!isCount(messages) || !isCount(bytes)) return undefined
    if (is === 'hello') {
      const isComplete = key === undefined || [turn, received, acked, sent].every(isCount)
      return isComplete ? (frame as never) : undefined
    }
    if (is !== 'welcome' || typeof frame['id'] !== 'string') return undefined
    const isComplete = frame['resumed'] === true ? [received, acked, sent].every(isCount) : typeof key === 'string'
    return isComplete ? (frame as never) : undefined
  } catch {
    return undefined
  }
}
