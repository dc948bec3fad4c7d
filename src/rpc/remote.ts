import type { Dispatch } from '@reduxjs/toolkit'
import { codedError, show } from '../internal/errors.js'
import { wholeMatcher } from '../internal/wholeMatcher.js'
import type { ParamsOf, ResultOf } from './contract.js'
import { callOverHttp, type HttpOptions } from './http.js'
import { createHandle, socketRequest } from './requestCommands.js'
import { checkRequestOptions } from './requests.js'
import type { RpcActions } from './rpcActions.js'
import type { RequestHandle, RequestOptions } from './types.js'

/** A call of a function of the server, to be dispatched (a thunk). */
export type RemoteCall<Data> = (dispatch: Dispatch, getState: () => unknown) => RequestHandle<Data>

/** The server's functions at the client: each takes the first parameter, and returns the result as JSON leaves it. */
export type Remote<Functions> = {
  readonly [Name in keyof Functions & string as Name extends 'then' ? never : Name]: (
    ...params: ParamsOf<Functions[Name]>
  ) => RemoteCall<ResultOf<Functions[Name]>>
}

type ArgsOf<Method> = Method extends (...args: infer Args) => unknown ? Args : never

/** The server's functions at the client, when all arguments go over the wire as a list. */
export type PositionalRemote<Functions> = {
  readonly [Name in keyof Functions & string as Name extends 'then' ? never : Name]: (
    ...args: ArgsOf<Functions[Name]>
  ) => RemoteCall<ResultOf<Functions[Name]>>
}

/**
 * Names: a name, a RegExp that must match the whole name (`ws.*` matches all names that begin with "ws"), or several of these. A text with characters of a
 * RegExp such as `*`, which no name has, is the source of one: so a variable of the environment can be passed as it is.
 */
export type NameRule = string | RegExp | readonly (string | RegExp)[]

/** The options of {@link createRemote}. */
export interface RemoteOptions extends HttpOptions, Pick<RequestOptions, 'retry' | 'idempotent'> {
  /** The functions that are called over the socket; the others are called over HTTP. @default none */
  readonly overSocket?: NameRule | undefined
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

const toTest = (given: string | RegExp): ((name: string) => boolean) => {
  const rule = typeof given === 'string' && patternCharacters.test(given) ? toPattern(given) : given
  if (rule instanceof RegExp) return wholeMatcher(rule)
  if (typeof rule === 'string') return (name) => name === rule
  const message = __DEV__ ? `createRemote: expected "overSocket" to be names or RegExps, got ${show(given)}.` : ''
  throw codedError('invalid_option', message)
}

const toMatcher = (rules: NameRule = []): ((name: string) => boolean) => {
  const tests = ([] as (string | RegExp)[]).concat(rules).map(toTest)
  return (name) => tests.some((matches) => matches(name))
}

const callSocket = (options: RemoteOptions, name: string, params: unknown, dispatch: Dispatch): RequestHandle => {
  const { actions, idempotent, retry, timeout } = options
  const { request = socketRequest } = actions ?? {}
  const command = request(name, params, { timeout, retry, idempotent })
  const handle = dispatch(command) as unknown as Partial<RequestHandle>
  if (handle.unwrap) return handle as RequestHandle
  const message = __DEV__
    ? `createRemote: no middleware of that connection carried out the call of ${show(name)}. Add the middleware to the store.`
    : ''
  throw codedError('no_protocol', message)
}

/**
 * Creates the server's functions, typed by the server's own: `dispatch(remote.getPost(1))` returns a {@link RequestHandle}. Names that `overSocket` matches are
 * called over the socket, the others as JSON-RPC 2.0 over HTTP POST, with the same errors.
 * @throws `invalid_option` for a malformed option; a call throws `no_protocol` when the store has no connection that speaks JSON-RPC
 */
export const createRemote: {
  <Functions extends object>(options: RemoteOptions & { readonly positional: true }): PositionalRemote<Functions>
  <Functions extends object>(options?: RemoteOptions): Remote<Functions>
} = (given?: RemoteOptions): never => {
  const options = given ?? {}
  const { overSocket, positional } = options
  const isOverSocket = toMatcher(overSocket)
  if (__DEV__) checkRequestOptions('createRemote', options)
  const calls = new Map<string, (...args: readonly unknown[]) => RemoteCall<unknown>>()
  const createCall =
    (name: string) =>
    (...args: readonly unknown[]): RemoteCall<unknown> =>
    (dispatch, getState) => {
      const params = positional ? args : args[0]
      if (isOverSocket(name)) return callSocket(options, name, params, dispatch)
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
