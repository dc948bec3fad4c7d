import type { ReceivedFrame } from '../internal/bytes.js'
import type { ConnectionBehaviour, FakeConnection } from './FakeConnection.js'
import type { FakeWebSocketClass } from './fakeSocketClass.js'
import type { MessageCreator, MessageTest } from './matching.js'

/** What happens to a connection attempt: `accept` opens it, `refuse` fails it, `hold` leaves it waiting, as a slow handshake does. */
export type AttemptMode = 'accept' | 'refuse' | 'hold'

/** How a served connection sends: the first argument of `createServerSocket` of `reduplex/server`. */
export interface ServedTransport {
  /** The subprotocol that was chosen. */
  readonly protocol: string
  /** Sends a text, or the bytes of a binary message. */
  readonly send: (data: string | Uint8Array) => void
  /** Closes the connection from the server's side. */
  readonly close: (code: number, reason: string) => void
  /** Cuts the connection. */
  readonly terminate: () => void
}

/** What a served connection is given: the result of `createServerSocket` of `reduplex/server` is one. */
export interface ServedConnection {
  /** A frame has arrived. */
  readonly receive: (frame: ReceivedFrame) => void
  /** The connection has ended: with the code and reason of the client's close frame, and 1006 without one. */
  readonly end: (code: number, reason: string) => void
}

/** The upgrade request of a served connection. */
export interface ServedRequest {
  /** Path and query. */
  readonly url: string
  /** The header of the subprotocols, if any are offered. */
  readonly headers: Readonly<Record<string, string>>
  /** The address of every client. */
  readonly socket: {
    /** `127.0.0.1` */
    readonly remoteAddress: string
  }
}

/** The options of {@link createFakeServer}. */
export interface FakeServerOptions extends ConnectionBehaviour {
  /** What happens to an attempt. @default 'accept' */
  readonly mode?: AttemptMode
  /**
   * Chooses the subprotocol. @default the first one that is offered, without those that begin with `reduplex.`: a server without sessions. With `serve`, the
   * first of all, so that a companion server has sessions
   */
  readonly protocol?: (offered: readonly string[]) => string
  /** What a relative url is resolved against, as in a page. @default none: a relative url is a SyntaxError */
  readonly baseUrl?: string
  /** Sockets have `terminate()`, as those of the package `ws`. @default false */
  readonly terminate?: boolean
  /**
   * How long `next`, `nextAttempt` and a step wait, in milliseconds of real time, also under fake timers; `Infinity` for no limit.
   * Then they reject with an Error that names what was waited for and what happened instead. @default 4000
   */
  readonly nextTimeout?: number
  /** Encodes and decodes messages, synchronously: the codec of the app. @default JSON; a text that is not JSON is a message as it is */
  readonly codec?: {
    /** Value to frame. */
    readonly encode: (value: never) => unknown
    /** Frame to value. */
    readonly decode: (frame: ReceivedFrame) => unknown
  }
  /** Gives each open connection to another server, in place of replies: the companion server, behind a network that can be cut and frozen. */
  readonly serve?: (transport: ServedTransport, request: ServedRequest) => ServedConnection
}

/** One call of `reply`. */
export interface ReplyRule {
  /** Whether it answers a message. */
  readonly matches: (message: unknown) => boolean
  /** Returns the answer, or a promise for it; with `undefined` nothing is sent. */
  readonly answer: (message: never, connection: FakeConnection) => unknown
}

/** Answers messages that a creator, a type or a predicate matches. */
export interface ReplyMethod {
  <Message>(
    match: MessageCreator<Message>,
    answer: (message: Message, connection: FakeConnection) => unknown,
  ): () => void
  <Message>(match: MessageTest<Message>, answer: (message: Message, connection: FakeConnection) => unknown): () => void
}

/** Takes a message that a creator, a type or a predicate matches. */
export interface NextMethod {
  <Message>(match: MessageCreator<Message>): Promise<Message>
  <Message = unknown>(match?: MessageTest<Message>): Promise<Message>
}

/** A server without a network, which a test controls. See {@link createFakeServer}. */
export interface FakeServer extends Required<ConnectionBehaviour> {
  /** The class for the option `WebSocket`. Every socket of it connects to this server. */
  readonly WebSocket: FakeWebSocketClass
  /** All connections and attempts, the oldest first. */
  readonly connections: readonly FakeConnection[]
  /** The newest of them. @throws an Error before the first attempt */
  readonly last: FakeConnection
  /** How many are connecting or open. */
  readonly live: number
  /** The highest number that were connecting or open at one time. */
  readonly mostLive: number
  /** What happens to the next attempt. */
  mode: AttemptMode
  /** Called with each attempt, inside the constructor of the socket. */
  onAttempt: ((connection: FakeConnection) => void) | null
  /** The messages that were received on all connections, the oldest first. */
  readonly received: readonly unknown[]
  /** Accepts the attempts that wait, and those that follow. Resolves with an open connection. @throws an Error after `nextTimeout` without one @param protocol the subprotocol to choose */
  readonly accept: (protocol?: string) => Promise<FakeConnection>
  /** Refuses the attempts that wait, and those that follow. */
  readonly refuse: () => Promise<void>
  /** Leaves the attempts that follow waiting for `accept` or `refuse`. */
  readonly hold: () => Promise<void>
  /** Sends messages to every open connection. */
  readonly send: (...values: readonly unknown[]) => Promise<void>
  /** Sends frames to every open connection: texts, or bytes as binary messages. */
  readonly sendRaw: (...frames: readonly (string | ArrayBuffer | ArrayBufferView)[]) => Promise<void>
  /** Cuts every open connection: the clients get 1006. */
  readonly cut: () => Promise<void>
  /** Closes every open connection. @param code any close code; the clients get 1005 without one */
  readonly close: (code?: number, reason?: string) => Promise<void>
  /** Loses every byte of the open connections from now on, without an event, as a dead network does. Later attempts are not frozen. */
  readonly freeze: () => Promise<void>
  /**
   * Answers messages: the first rule that matches sends what `answer` returns, the newest rule first. Returns a function that removes the rule.
   * @param match a predicate, or an action creator or type
   */
  readonly reply: ReplyMethod
  /**
   * Resolves with the oldest received message that no call has returned yet, heartbeats included.
   * @param match as in `reply` @default any message @throws an Error after `nextTimeout`
   */
  readonly next: NextMethod
  /** Resolves with the next attempt, inside the constructor of its socket. @throws an Error after `nextTimeout` */
  readonly nextAttempt: () => Promise<FakeConnection>
}
