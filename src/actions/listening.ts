import type { Command } from './command.js'

/** Something that recognises messages: an action creator, or anything else with a type and a typed `match`. */
export interface HasMatch<Matched> {
  /** The type of what it recognises. */
  readonly type: string
  /** Whether a message is one. */
  match(message: unknown): message is Matched
}

/** The types that messages may have, as far as anything is known of them. */
export type MessageType<Received> = unknown extends Received
  ? string
  : Received extends { readonly type: infer Type extends string }
    ? Type
    : never

/** What a message is known to be when its `type` is `Type`. */
export type MessageOfType<Received, Type extends string> = unknown extends Received
  ? { readonly type: Type; readonly payload?: unknown }
  : Received extends { readonly type: infer Known }
    ? Type extends Known
      ? Received
      : never
    : never

/** What may be done with a message. What it throws, or rejects with, is a `socketError`. */
export type MessageListener<Message> = (message: Message) => unknown

/** The bounds of a `socketReceive`. */
export interface ReceiveOptions {
  /** How many messages wait for a reader that is busy; with more the iteration throws `receive_overflow`. @default 1000 */
  readonly maxBuffered?: number
}

/** What a listening command carries. It stops at the middleware: functions are no plain data. */
export interface ListenPayload {
  /** Which messages; `undefined` for all. */
  readonly rule?: unknown
  /** What hears them. */
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
 * Creates the command that hears messages, every one or those that a rule names: an action creator, a type guard, a type, a RegExp that is tried at
 * the start of the type, or a predicate. Rules and listeners see the message as it was decoded, not made plain, after the store has had it,
 * whether or not an `accept` rule claimed it. The same rule and listener twice hear once, until both are unsubscribed.
 */
export interface ListenCreator<Received> extends Typed {
  /** By an action creator: the message is such an action. */
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
  /** By the beginning of its `type`, or a predicate. */
  (
    rule: RegExp | ((message: Received) => boolean),
    listener: MessageListener<Received>,
  ): Command<ListenPayload, () => void>
}

/** Creates the command that reads messages one after the other; rules as for {@link ListenCreator}. */
export interface ReceiveCreator<Received> extends Typed {
  /** By an action creator: the message is such an action. */
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
  /** Every message, or by the beginning of its `type`, or a predicate. */
  (
    rule?: RegExp | ((message: Received) => boolean),
    options?: ReceiveOptions,
  ): Command<ListenPayload, AsyncIterableIterator<Received>>
}
