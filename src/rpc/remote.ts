import type { Dispatch } from '@reduxjs/toolkit'
import { codedError, show } from '../internal/errors.js'
import { wholeMatcher } from '../internal/wholeMatcher.js'
import type { IsStreaming, ParamsOf, ResultOf } from './contract.js'
import { callOverHttp, type HttpOptions } from './http.js'
import { createHandle, socketRequest } from './requestCommands.js'
import { checkRequestOptions } from './requests.js'
import type { CallPayload, RpcActions } from './rpcActions.js'
import type { Command } from '../actions/command.js'
import type { ChunkOf, RequestStream, RequestStreamCreator, ReturnedOf, StreamMeta } from './streamTypes.js'
import type { RequestHandle, RequestOptions } from './types.js'

/** A call of a function of the server, to be dispatched (a thunk). */
export type RemoteCall<Data> = (dispatch: Dispatch, getState: () => unknown) => RequestHandle<Data>

/** A call of a function of the server that is an async generator, to be dispatched (a thunk). */
export type RemoteStreamCall<Chunk, Returned> = (
  dispatch: Dispatch,
  getState: () => unknown,
) => RequestStream<Chunk, Returned>

/** A call of a function: in chunks where the function is an async generator. */
type CallOf<Method> =
  IsStreaming<Method> extends true
    ? RemoteStreamCall<ChunkOf<Method>, ReturnedOf<Method>>
    : RemoteCall<ResultOf<Method>>

/**
 * The server's functions at the client: each takes the first parameter, and returns the result as JSON leaves it. Those that are async generators return
 * a {@link RequestStream}; the option `streams` has to name them.
 */
export type Remote<Functions> = {
  readonly [Name in keyof Functions & string as Name extends 'then' ? never : Name]: (
    ...params: ParamsOf<Functions[Name]>
  ) => CallOf<Functions[Name]>
}

type ArgsOf<Method> = Method extends (...args: infer Args) => unknown ? Args : never

/** The server's functions at the client, when all arguments go over the wire as a list. */
export type PositionalRemote<Functions> = {
  readonly [Name in keyof Functions & string as Name extends 'then' ? never : Name]: (
    ...args: ArgsOf<Functions[Name]>
  ) => CallOf<Functions[Name]>
}

/**
 * Names: a name, a RegExp that must match the whole name (`ws.*` matches all names that begin with "ws"), or several of these. A text with characters of a
 * RegExp such as `*`, which no name has, is the source of one: so a variable of the environment can be passed as it is.
 */
export type NameRule = string | RegExp | readonly (string | RegExp)[]

/** The functions that answer in chunks. */
export interface RemoteStreams {
  /** Their names. They are called over the socket. */
  readonly names: NameRule
  /** `socketRequestStream`, or `requestStream` of a named connection: an app without it does not have its code. */
  readonly request: (...args: never) => Command<CallPayload, RequestStream, StreamMeta>
}

/** The options of {@link createRemote}. */
export interface RemoteOptions extends HttpOptions, Pick<RequestOptions, 'retry' | 'idempotent'> {
  /** The functions that are called over the socket; the others are called over HTTP. @default none */
  readonly overSocket?: NameRule | undefined
  /** The functions that answer in chunks. @default none */
  readonly streams?: RemoteStreams | undefined
  /** The RPC actions of the connection. @default those of the default connection */
  readonly actions?: Pick<RpcActions, 'request'> | undefined
  /** Sends all arguments as a list, for servers whose functions take them by position. @default false */
  readonly positional?: boolean | undefined
}

/** Characters of a RegExp that are in no name of a function. */
const patternCharacters = /[\\^*+?|()[\]{}]/

const toPattern = (source: string): RegExp | undefined => {
  try {
    return new RegExp(source)
  } catch {
    return undefined
  }
}

const toTest = (option: string, given: string | RegExp): ((name: string) => boolean) => {
  const rule = typeof given === 'string' && patternCharacters.test(given) ? toPattern(given) : given
  if (rule instanceof RegExp) return wholeMatcher(rule)
  if (typeof rule === 'string') return (name) => name === rule
  const message = __DEV__ ? `createRemote: expected ${show(option)} to be names or RegExps, got ${show(given)}.` : ''
  throw codedError('invalid_option', message)
}

const toMatcher = (option: string, rules: NameRule = []): ((name: string) => boolean) => {
  const tests = ([] as (string | RegExp)[]).concat(rules).map((rule) => toTest(option, rule))
  return (name) => tests.some((matches) => matches(name))
}

/** Dispatches a call. */
const call = <Result>(dispatch: Dispatch, command: Command<CallPayload, Result>, name: string): Result => {
  const result = dispatch(command as never) as Partial<RequestHandle & RequestStream>
  if (result.unwrap ?? result.cancel) return result as Result
  const message = __DEV__
    ? `createRemote: no middleware of that connection carried out the call of ${show(name)}. Add the middleware to the store.`
    : ''
  throw codedError('no_protocol', message)
}

/**
 * Creates the server's functions, typed by the server's own: `dispatch(remote.getPost(1))` returns a {@link RequestHandle}. Names that `overSocket` matches are
 * called over the socket, the others as JSON-RPC 2.0 over HTTP POST, with the same errors. See docs/rpc.md.
 * @throws `invalid_option` for a malformed option; a call throws `no_protocol` when the store has no connection that speaks JSON-RPC
 */
export const createRemote: {
  <Functions extends object>(options: RemoteOptions & { readonly positional: true }): PositionalRemote<Functions>
  <Functions extends object>(options?: RemoteOptions): Remote<Functions>
} = (given?: RemoteOptions): never => {
  const options = given ?? {}
  const { actions, idempotent, overSocket, positional, retry, streams, timeout } = options
  const isOverSocket = toMatcher('overSocket', overSocket)
  const isStream = toMatcher('streams', streams?.names)
  if (__DEV__) checkRequestOptions('createRemote', options)
  const { request = socketRequest } = actions ?? {}
  const requestStream = streams?.request as RequestStreamCreator<object>
  const calls = new Map<string, ReturnType<typeof createCall>>()
  const createCall =
    (name: string) =>
    (...args: readonly unknown[]) =>
    (dispatch: Dispatch, getState: () => unknown) => {
      const params = positional ? args : args[0]
      if (isStream(name)) return call(dispatch, requestStream(name, params, { timeout }), name)
      if (isOverSocket(name)) return call(dispatch, request(name, params, { timeout, retry, idempotent }), name)
      const { abort, result } = callOverHttp(options, name, params, getState)
      return createHandle(result, abort)
    }
  return new Proxy(Object.freeze({}), {
    get: (_target, name) => {
      // `await` looks for `then`, and the runtime for symbols: neither is a function of the server.
      if (typeof name !== 'string' || name === 'then') return undefined
      if (!calls.has(name)) calls.set(name, createCall(name))
      return calls.get(name)
    },
  }) as never
}
