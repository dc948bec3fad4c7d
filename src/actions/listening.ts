import type { Command } from './command.js'

/** An action creator, or anything else with a type and a typed `match`. */
export interface HasMatch<Matched> {
  /** The type of the messages that it matches. */
  readonly type: string
  /** Whether a message is one of them. */
  match(message: unknown): message is Matched
}

/** The types that messages may have; any text when the messages are `unknown`. */
export type MessageType<Received> = unknown extends Received
  ? string
  : Received extends { readonly type: infer Type extends string }
    ? Type
    : never

/** A message whose `type` is `Type`. */
export type MessageOfType<Received, Type extends string> = unknown extends Received
  ? { readonly type: Type; readonly payload?: unknown }
  : Received extends { readonly type: infer Known }
    ? Type extends Known
      ? Received
      : never
    : never

/** Gets a message. What it throws or rejects with becomes a `socketError`. */
export type MessageListener<Message> = (message: Message) => unknown

/** The bounds of a `socketReceive`. */
export interface ReceiveOptions {
  /** How many messages may wait for a slow reader. With more, the iteration throws `receive_overflow`. @default 1000 */
  readonly maxBuffered?: number
}

/** What a listening command carries. It stops at the middleware, because functions are not plain data. */
export interface ListenPayload {
  /** Which messages; all when `undefined`. */
  readonly rule?: unknown
  /** Gets them. */
  readonly listener?: MessageListener<never>
  /** The bounds of an iteration. */
  readonly options?: ReceiveOptions
}

interface Typed {
  /** The type of what it creates. */
  readonly type: string
  /** Whether an action is this command, of this connection. */
  readonly match: (action: unknown) => action is Command<ListenPayload, unknown>
}

/**
 * Creates the command that calls a listener with messages: those that a rule matches. A rule is an action creator, a type guard, a type, a RegExp that must
 * match the whole type, or a predicate. Rules and listeners get the message as it was decoded, before it was made plain, after the store has got it,
 * whether or not an `accept` rule matched it. The same rule and listener dispatched twice is called once, until both are unsubscribed.
 */
export interface ListenCreator<Received> extends Typed {
  /** By an action creator: messages that are its actions. */
  <Matched extends Received>(
    rule: HasMatch<Matched>,
    listener: MessageListener<Matched>,
  ): Command<ListenPayload, () => void>
  /** By a type guard. */
  <Matched extends Received>(
    rule: (message: Received) => message is Matched,
    listener: MessageListener<Matched>,
  ): Command<ListenPayload, () => void>
  /** By the `type` of the message. */
  <Type extends MessageType<Received>>(
    type: Type,
    listener: MessageListener<MessageOfType<Received, Type>>,
  ): Command<ListenPayload, () => void>
  /** By a RegExp for its `type`, or a predicate. */
  (
    rule: RegExp | ((message: Received) => boolean),
    listener: MessageListener<Received>,
  ): Command<ListenPayload, () => void>
}

/** Creates the command that reads messages one after the other. Rules are those of {@link ListenCreator}. */
export interface ReceiveCreator<Received> extends Typed {
  /** By an action creator: messages that are its actions. */
  <Matched extends Received>(
    rule: HasMatch<Matched>,
    options?: ReceiveOptions,
  ): Command<ListenPayload, AsyncIterableIterator<Matched>>
  /** By a type guard. */
  <Matched extends Received>(
    rule: (message: Received) => message is Matched,
    options?: ReceiveOptions,
  ): Command<ListenPayload, AsyncIterableIterator<Matched>>
  /** By the `type` of the message. */
  <Type extends MessageType<Received>>(
    type: Type,
    options?: ReceiveOptions,
  ): Command<ListenPayload, AsyncIterableIterator<MessageOfType<Received, Type>>>
  /** Every message, or by a RegExp for its `type`, or a predicate. */
  (
    rule?: RegExp | ((message: Received) => boolean),
    options?: ReceiveOptions,
  ): Command<ListenPayload, AsyncIterableIterator<Received>>
}
