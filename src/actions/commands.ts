import type { SafePromise } from '@reduxjs/toolkit'
import { fitReason, isSendableCode } from '../connection/closeCodes.js'
import type { ConnectOutcome, Delivery, DropReason, Params, SendOptions, SendResult } from '../connection/types.js'
import type { Frame } from '../internal/bytes.js'
import { codedError, messageOf, show } from '../internal/errors.js'
import { checkConnect, checkSend } from './commandChecks.js'
import type { Command } from './command.js'
import type { BinarySize, Contract, Plain } from './contract.js'
import { creatorOf, prefixOf, withMatch } from './creators.js'

/** Where to connect, in place of the middleware's options. Used until another connect replaces it. */
export interface ConnectOptions {
  /** Absolute, or relative to the page. Starts a new address: the path, params and protocols of the one before are not kept. */
  readonly url?: string | URL
  /** Joined to the url; the empty string joins nothing. */
  readonly path?: string
  /** Query parameters. */
  readonly params?: Params
  /** Subprotocols, the preferred one first. */
  readonly protocols?: string | readonly string[]
  /** Whether sends that wait for another url go to this one. @default false */
  readonly keepQueue?: boolean
  /**
   * Opens the new socket before the open one is closed: no message in between is missed, and the status stays `open`. Sends that wait go to the new
   * socket, unless `keepQueue` is false. Needs `handoverFeature` of `reduplex/features`: without it the connection fails with `missing_feature`.
   */
  readonly handover?: true
}

/** What the reducers get of {@link ConnectOptions}: the url as text. */
export type ConnectPayload = Omit<ConnectOptions, 'url'> & { readonly url?: string }

/** What a send carries beside its payload: its options and, once it was carried out, the result. */
export interface SendMeta extends SendOptions {
  /** Set once the middleware has carried it out. */
  readonly delivery?: Delivery['delivery']
  /** Why it was dropped. */
  readonly reason?: DropReason
}

/** The creator of a command. `match` also compares the connection's name; `Seen` is the payload that reducers get. */
export interface CommandCreator<Args extends unknown[], Payload, Returned, Meta = object, Seen = Payload> {
  (...args: Args): Command<Seen, Returned, Meta>
  /** The type of what it creates, for `addCase` and rules. */
  readonly type: string
  /** Whether an action is this command, of this connection. */
  readonly match: (action: unknown) => action is Command<Seen, Returned, Meta>
}

/** The commands of one connection. */
export interface SocketCommandCreators<C extends Contract> {
  /**
   * Connects. `dispatch` returns a promise that settles after the first attempt and never rejects. While open, connecting or reconnecting to the
   * same address it joins what is there and ends a wait for the next attempt; another address replaces the socket.
   * @throws `invalid_option` for options that are unknown or malformed; in development
   */
  readonly connect: CommandCreator<[options?: ConnectOptions], ConnectPayload | undefined, SafePromise<ConnectOutcome>>
  /**
   * Sends a value through the schema and the codec. `dispatch` returns `{ id, delivery }`, with a `reason` when it was dropped. Reducers get the value
   * as plain data.
   */
  readonly send: CommandCreator<
    [data: C['send'], options?: SendOptions],
    C['send'],
    SendResult,
    SendMeta,
    Plain<C['send'], BinarySize>
  >
  /**
   * Sends a text, or bytes, as one message as it is, past the schema and the codec: string, ArrayBuffer, any view (only its own part of the buffer),
   * Blob, File, Node Buffer. `dispatch` returns what it returns for `send`. Reducers get the size of bytes.
   */
  readonly sendRaw: CommandCreator<
    [frame: Frame, options?: SendOptions],
    Frame,
    SendResult,
    SendMeta,
    string | BinarySize
  >
  /** Gives the socket up and connects again; ends a wait for the next attempt. `dispatch` returns what it returns for `connect`. */
  readonly reconnect: CommandCreator<[], undefined, SafePromise<ConnectOutcome>>
  /**
   * Closes the connection and drops what waits in the queue. `code` is 1000 (the default) or 3000–4999; `reason` is cut at 123 bytes of UTF-8. `dispatch`
   * returns a promise that never rejects.
   * @throws `invalid_close_code` for other codes
   */
  readonly close: CommandCreator<
    [code?: number, reason?: string],
    { readonly code: number; readonly reason: string },
    SafePromise<'closed'>
  >
}

/** Options as plain data, without what is undefined. */
const toConnectPayload = (options?: ConnectOptions): ConnectPayload | undefined => {
  if (__DEV__) checkConnect(options)
  if (!options) return undefined
  const given = Object.entries(options).filter(([, part]) => part !== undefined)
  return Object.fromEntries(given.map(([key, part]) => [key, key === 'url' ? String(part) : part]))
}

const toClosePayload = (code: unknown = 1000, reason: unknown = '') => {
  if (isSendableCode(code)) return { code, reason: fitReason(messageOf(reason)) }
  const message = __DEV__
    ? `socketClose: expected the close code 1000 or one from 3000 to 4999, got ${show(code)}. The others are reserved for the protocol.`
    : ''
  throw codedError('invalid_close_code', message)
}

type CreatorOf<Verb extends keyof SocketCommandCreators<Contract>> = SocketCommandCreators<Contract>[Verb]

/** Creates the command that connects. */
export const connectOf = (socket: string) => creatorOf(socket, 'connect', toConnectPayload) as CreatorOf<'connect'>

/** Creates a command that sends. */
export const senderOf = <Verb extends 'send' | 'sendRaw'>(socket: string, verb: Verb): CreatorOf<Verb> => {
  const type = `${prefixOf(socket)}/${verb}`
  const meta = { socket }
  // Not `creatorOf`: every send passes here, and most have no options.
  return withMatch(socket, type, (payload: unknown, options?: SendOptions) => {
    if (__DEV__) checkSend(verb, options)
    return { type, payload, meta: options ? { ...options, socket } : meta }
  }) as never
}

/** Creates the command that connects again. */
export const reconnectOf = (socket: string) => creatorOf(socket, 'reconnect', () => undefined) as CreatorOf<'reconnect'>

/** Creates the command that closes. */
export const closeOf = (socket: string) => creatorOf(socket, 'close', toClosePayload) as CreatorOf<'close'>

/** Creates the commands of the connection `socket`. */
export const createSocketCommands = (socket: string): SocketCommandCreators<Contract> => ({
  connect: connectOf(socket),
  send: senderOf(socket, 'send'),
  sendRaw: senderOf(socket, 'sendRaw'),
  reconnect: reconnectOf(socket),
  close: closeOf(socket),
})
