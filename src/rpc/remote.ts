import type { Dispatch } from '@reduxjs/toolkit'
import { globalFetch } from '../internal/environment.js'
import { codedError, show } from '../internal/errors.js'
import { defaultRpcActions, type RpcActions } from './actions.js'
import type { ParamsOf, ResultOf } from './contract.js'
import { createHandle } from './handle.js'
import { callOverHttp, type FetchLike } from './http.js'
import { checkRequestOptions } from './requests.js'
import type { RequestHandle, RequestOptions } from './types.js'

/** What calls a function of the server when it is dispatched (a thunk). */
export type RemoteCall<Data> = (dispatch: Dispatch, getState: () => unknown) => RequestHandle<Data>

/** The server's functions as a client calls them: each takes what comes before the context, as one value, and gives what JSON makes of the result. */
export type Remote<Functions> = {
  readonly [Name in keyof Functions & string as Name extends 'then' ? never : Name]: (
    ...params: ParamsOf<Functions[Name]>
  ) => RemoteCall<ResultOf<Functions[Name]>>
}

/** Arguments by position, a context that is an object of the server's (`this` or none) not among them. */
type ArgsOf<Method> = Method extends (...args: infer Args) => unknown ? Args : never

/** The server's functions as a client calls them, where all arguments go over the wire as a list. */
export type PositionalRemote<Functions> = {
  readonly [Name in keyof Functions & string as Name extends 'then' ? never : Name]: (
    ...args: ArgsOf<Functions[Name]>
  ) => RemoteCall<ResultOf<Functions[Name]>>
}

/** Which functions: a name, a RegExp for the whole name (`ws.*` matches all that begin with "ws"), or several. */
export type NameRule = string | RegExp | readonly (string | RegExp)[]

/** The options of {@link createRemote}. */
export interface RemoteOptions extends Pick<RequestOptions, 'timeout' | 'retry' | 'idempotent'> {
  /** Which functions are called over the socket; the others over HTTP. @default none */
  readonly overSocket?: NameRule | undefined
  /** Where calls over HTTP go, as POST. Relative to the page. @default '/rpc' */
  readonly http?: string | undefined
  /** What posts them. @default globalThis.fetch, looked up when calling */
  readonly fetch?: FetchLike | undefined
  /** Headers of calls over HTTP; a function is asked before each and may be async. @default none but the content type */
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((context: { readonly getState: () => unknown }) => unknown)
    | undefined
  /** The connection's RPC vocabulary. @default the default connection's */
  readonly actions?: Pick<RpcActions, 'request'> | undefined
  /** Whether all arguments go over the wire, as a list, for servers whose functions take them by position. @default false */
  readonly positional?: boolean | undefined
}

const NO_PROTOCOL = 'Is the middleware of that connection in the store, and has it the option protocol: jsonRpc()?'

const toTest = (rule: string | RegExp): ((name: string) => boolean) => {
  if (typeof rule === 'string') return (name) => name === rule
  if (rule instanceof RegExp) {
    // Anchored, and without the flags that make a RegExp remember where it was, or start at every line.
    const anchored = new RegExp(`^(?:${rule.source})$`, rule.flags.replace(/[gmy]/g, ''))
    return (name) => anchored.test(name)
  }
  throw codedError('invalid_option', `createRemote: expected "overSocket" to hold names or RegExps, got ${show(rule)}.`)
}

const toMatcher = (rules: NameRule | undefined): ((name: string) => boolean) => {
  const tests = ([] as (string | RegExp)[]).concat(rules ?? []).map(toTest)
  return (name) => tests.some((matches) => matches(name))
}

const findFetch = ({ fetch }: RemoteOptions): FetchLike => {
  const found = fetch ?? globalFetch()
  if (typeof found === 'function') return found as FetchLike
  throw codedError('invalid_option', 'createRemote: this runtime has no fetch: give the option "fetch".')
}

const overHttp = (options: RemoteOptions, method: string, params: unknown, getState: () => unknown): RequestHandle => {
  const { http: url = '/rpc', headers, timeout = 10_000 } = options
  const { result, abort } = callOverHttp({
    url,
    // Late, so that a runtime without one fails the call and not the dispatch.
    fetch: (...given) => findFetch(options)(...given),
    headers: () => (typeof headers === 'function' ? headers({ getState }) : headers),
    method,
    params,
    timeout,
  })
  return createHandle(result, abort)
}

/**
 * The server's functions, typed from the server's own: `dispatch(remote.getPost(1))` returns a {@link RequestHandle}. Names that `overSocket` matches are
 * called over the socket, the others as JSON-RPC 2.0 over HTTP POST, with the same errors either way.
 * @throws `invalid_option` for an option that is none; a call of it `no_protocol` where the store has no connection that speaks JSON-RPC
 */
export const createRemote: {
  <Functions extends object>(options: RemoteOptions & { readonly positional: true }): PositionalRemote<Functions>
  <Functions extends object>(options?: RemoteOptions): Remote<Functions>
} = (options?: RemoteOptions): never => {
  const given = options ?? {}
  const isOverSocket = toMatcher(given.overSocket)
  const { request } = given.actions ?? defaultRpcActions
  checkRequestOptions('createRemote', given)
  const { timeout, retry, idempotent, positional = false } = given
  const calls = new Map<string, (...args: readonly unknown[]) => RemoteCall<unknown>>()
  const createCall =
    (name: string) =>
    (...args: readonly unknown[]): RemoteCall<unknown> =>
    (dispatch, getState) => {
      const params = positional ? args : args[0]
      if (!isOverSocket(name)) return overHttp(given, name, params, getState)
      const handle = dispatch(
        request(name, params, { timeout, retry, idempotent }),
      ) as unknown as Partial<RequestHandle>
      if (handle.unwrap) return handle as RequestHandle
      throw codedError('no_protocol', `createRemote: nobody took the call of ${show(name)}. ${NO_PROTOCOL}`)
    }
  return new Proxy(Object.freeze({}), {
    get: (_target, name) => {
      // A promise would ask for `then`, and the runtime for symbols: neither is the server's.
      if (typeof name !== 'string' || name === 'then') return undefined
      if (!calls.has(name)) calls.set(name, createCall(name))
      return calls.get(name)
    },
  }) as never
}
