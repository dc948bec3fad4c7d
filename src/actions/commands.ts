import type { SafePromise } from '@reduxjs/toolkit'
import type { Frame } from '../internal/bytes.js'
import { codedError, show } from '../internal/errors.js'
import { fitReason, isSendableCode } from '../connection/closeCodes.js'
import type { ConnectOutcome, Delivery, DropReason, Params, SendOptions } from '../connection/types.js'
import type { Command } from './command.js'
import type { BinarySize, Contract, Plain } from './contract.js'
import { creatorOf, named, prefixOf } from './creators.js'
import { listenOf, receiveOf, type ListenCreator, type ReceiveCreator } from './listening.js'

/** Where to connect, when not where the middleware's options say. It is kept until another connect says otherwise. */
export interface ConnectOptions {
  /** Absolute, or relative to the page. Names the address anew: a path, params and protocols of before are not taken along. */
  readonly url?: string | URL
  /** Joined to the url; empty for none. */
  readonly path?: string
  /** Query parameters. */
  readonly params?: Params
  /** Subprotocols, the preferred one first. */
  readonly protocols?: string | readonly string[]
  /** Whether what waits for another url is to go to this one. @default false */
  readonly keepQueue?: boolean
}

/** What the reducers see of a {@link ConnectOptions}: the url as text. */
export type ConnectPayload = Omit<ConnectOptions, 'url'> & { readonly url?: string }

/** What dispatching a send returns. */
export type SendResult = Delivery & { readonly id: string }

/** What a send carries beside its payload: its options and, once it has been carried out, what became of it. */
export interface SendMeta extends SendOptions {
  /** Where the reducers see it. */
  readonly delivery?: Delivery['delivery']
  /** Why it was dropped. */
  readonly reason?: DropReason
}

/** The creator of a command. `match` also looks at the connection's name; `Seen` is the payload that reducers see. */
export interface CommandCreator<Args extends unknown[], Payload, Returned, Meta = object, Seen = Payload> {
  (...args: Args): Command<Seen, Returned, Meta>
  /** The type of what it creates; for `addCase` and rules. */
  readonly type: string
  /** Whether an action is this command, of this connection. */
  readonly match: (action: unknown) => action is Command<Seen, Returned, Meta>
}

/** The commands of one connection. */
export interface SocketCommandCreators<C extends Contract> {
  /**
   * Connects. Returns a promise that settles after the first attempt and never rejects. While open, connecting or reconnecting to the
   * same address it joins what is there (and ends a wait for the next attempt); another address replaces the socket. The creator
   * throws `invalid_option` for options that are unknown or malformed.
   */
  readonly connect: CommandCreator<[options?: ConnectOptions], ConnectPayload | undefined, SafePromise<ConnectOutcome>>
  /**
   * Sends a value through the schema and the codec. Returns what became of it: `{ id, delivery }`, with a `reason` when it was dropped. Reducers
   * see the value as plain data.
   */
  readonly send: CommandCreator<
    [data: C['send'], options?: SendOptions],
    C['send'],
    SendResult,
    SendMeta,
    Plain<C['send'], BinarySize>
  >
  /**
   * Sends a text, or bytes, as one message as it is, past the schema and the codec: string, ArrayBuffer, any view (its own part of the buffer only),
   * Blob, File, Node Buffer. Returns as `send` does. Of bytes, reducers see the size.
   */
  readonly sendRaw: CommandCreator<
    [frame: Frame, options?: SendOptions],
    Frame,
    SendResult,
    SendMeta,
    string | BinarySize
  >
  /**
   * Hears messages, from now on and across reconnects, until the function that dispatching it returns is called; opens a lazy connection. See
   * {@link ListenCreator}.
   */
  readonly listen: ListenCreator<C['receive']>
  /**
   * Reads messages in order: dispatching it returns an async iterator that waits for the connection, and never skips one. It ends when the
   * connection is closed with 1000, and throws when it fails (its code), is lost (`connection_lost`), is replaced by another (`connection_replaced`), or
   * when the reader is too slow (`receive_overflow`). `break` ends it; so does `dispose`. See {@link ReceiveCreator}.
   */
  readonly receive: ReceiveCreator<C['receive']>
  /** Drops what there is and dials anew; from a wait for the next attempt at once. Returns as `connect` does. */
  readonly reconnect: CommandCreator<[], undefined, SafePromise<ConnectOutcome>>
  /**
   * Closes for good, and drops what waits in the queue. `code` is 1000 (the default) or 3000–4999, else the creator throws
   * `invalid_close_code`; `reason` is cut at 123 bytes of UTF-8. Returns a promise that never rejects.
   */
  readonly close: CommandCreator<
    [code?: number, reason?: string],
    { readonly code: number; readonly reason: string },
    SafePromise<'closed'>
  >
}

const isStrings = (value: unknown) => Array.isArray(value) && value.every((part) => typeof part === 'string')

/** What a connect may say. An event that a button handed on is not among it. */
const parts = (): Readonly<Partial<Record<string, readonly [expected: string, test: (part: unknown) => boolean]>>> => ({
  url: [__DEV__ ? 'a string or a URL' : '', (part) => typeof part === 'string' || part instanceof URL],
  path: ['a string', (part) => typeof part === 'string'],
  params: ['an object', (part) => typeof part === 'object' && part !== null],
  protocols: [__DEV__ ? 'a string or an array of strings' : '', (part) => typeof part === 'string' || isStrings(part)],
  keepQueue: [__DEV__ ? 'true or false' : '', (part) => typeof part === 'boolean'],
})

/** Options as plain data, without what is undefined. */
const connectPayload = (options: ConnectOptions): ConnectPayload => {
  const given = Object.entries(options).filter(([, part]) => part !== undefined)
  if (__DEV__) {
    const known = parts()
    for (const [key, part] of given) {
      const [expected, test] = (Object.hasOwn(known, key) && known[key]) || []
      if (test?.(part)) continue
      const should = expected
        ? `"${key}" to be ${expected}, got ${show(part)}`
        : `${Object.keys(known).join(', ')}, got "${key}"`
      throw codedError('invalid_option', `socketConnect: expected ${should}.`)
    }
  }
  return Object.fromEntries(given.map(([key, part]) => [key, key === 'url' ? String(part) : part]))
}

/** Creates the command that connects. */
export const connectOf = (socket: string): SocketCommandCreators<Contract>['connect'] =>
  creatorOf(socket, 'connect', (options?: ConnectOptions) => options && connectPayload(options)) as never

/** Creates a command that sends. */
export const senderOf = <Verb extends 'send' | 'sendRaw'>(
  socket: string,
  verb: Verb,
): SocketCommandCreators<Contract>[Verb] => {
  const type = `${prefixOf(socket)}/${verb}`
  const meta = { socket }
  return named(socket, type, (payload: unknown, options?: SendOptions) => ({
    type,
    payload,
    meta: options ? { ...options, socket } : meta,
  })) as never
}

/** Creates the command that dials anew. */
export const reconnectOf = (socket: string): SocketCommandCreators<Contract>['reconnect'] =>
  creatorOf(socket, 'reconnect', () => undefined) as never

/** Creates the command that closes. */
export const closeOf = (socket: string): SocketCommandCreators<Contract>['close'] =>
  creatorOf(socket, 'close', (code = 1000, reason = '') => {
    if (isSendableCode(code)) return { code, reason: fitReason(String(reason)) }
    const message = __DEV__
      ? `socketClose: expected the close code 1000 or one from 3000 to 4999, got ${show(code)}; the others are the protocol's own.`
      : ''
    throw codedError('invalid_close_code', message)
  }) as never

/** Creates the commands of the connection `socket`. */
export const createCommands = (socket: string): SocketCommandCreators<Contract> => ({
  connect: connectOf(socket),
  send: senderOf(socket, 'send'),
  sendRaw: senderOf(socket, 'sendRaw'),
  listen: listenOf(socket),
  receive: receiveOf(socket),
  reconnect: reconnectOf(socket),
  close: closeOf(socket),
})
