import { after } from '../internal/clock.js'
import { globalFetch } from '../internal/environment.js'
import { codedError, messageOf } from '../internal/errors.js'
import { droppedFailure, failure, requestErrors, resultOf } from './failures.js'
import { isReply } from './messages.js'
import type { RequestOptions, RequestResult, RpcProblem } from './types.js'

/** The part of `fetch` that is used: the platform's, or a function of the same shape. */
export type FetchLike = (
  url: string,
  init: {
    readonly method: 'POST'
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly signal: AbortSignal
  },
) => PromiseLike<{ readonly ok: boolean; readonly status: number; readonly text: () => PromiseLike<string> }>

/** The options of calls over HTTP. */
export interface HttpOptions extends Pick<RequestOptions, 'timeout'> {
  /** Where calls over HTTP are posted. Relative to the page. @default '/rpc' */
  readonly http?: string | undefined
  /** Posts the calls over HTTP. @default globalThis.fetch, looked up at each call */
  readonly fetch?: FetchLike | undefined
  /** Headers of calls over HTTP. A function is called before each call and may be async. @default only the content type */
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((context: { readonly getState: () => unknown }) => unknown)
    | undefined
}

/** Looked up late: a runtime without one fails the call and not the dispatch. */
const findFetch = ({ fetch = globalFetch() as FetchLike | undefined }: HttpOptions): FetchLike => {
  if (typeof fetch === 'function') return fetch
  const message = __DEV__ ? 'createRemote: this runtime has no fetch. Give the option "fetch".' : ''
  throw codedError('invalid_option', message)
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The result of a response. Some servers send an error with an HTTP status of its own: its text counts for more than the status. */
const readResponse = (text: string, ok: boolean, status: number): RequestResult<unknown> => {
  const reply = parse(text)
  if (isReply(reply, { version: false })) return resultOf(reply)
  const error = ok
    ? failure('invalid_reply', __DEV__ ? 'Expected a reply of JSON-RPC 2.0 over HTTP, got another body.' : '')
    : failure('http_error', __DEV__ ? `The server responded with HTTP ${status}.` : '', { status })
  return { error }
}

const post = async (options: HttpOptions, body: string, getState: () => unknown, signal: AbortSignal) => {
  const { headers, http: url = '/rpc' } = options
  const more = await (typeof headers === 'function' ? headers({ getState }) : headers)
  const response = await findFetch(options)(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(more as object) },
    body,
    signal,
  })
  return readResponse(await response.text(), response.ok, response.status)
}

/** Starts a call, JSON-RPC 2.0 over HTTP POST. The promise never rejects. */
export const callOverHttp = (
  options: HttpOptions,
  method: string,
  params: unknown,
  getState: () => unknown,
): { readonly result: Promise<RequestResult<unknown>>; readonly abort: () => void } => {
  const { timeout = 10_000 } = options
  let body: string
  try {
    body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  } catch (error) {
    return { result: Promise.resolve({ error: droppedFailure('invalid', messageOf(error)) }), abort: () => {} }
  }
  const controller = new AbortController()
  const { signal } = controller
  let reason: RpcProblem | undefined
  const giveUp = (problem: RpcProblem) => {
    reason ??= problem
    controller.abort()
  }
  const cancelTimer = after(timeout, () => giveUp(requestErrors.timeout(timeout)))
  const aborted = new Promise<RequestResult<unknown>>((resolve) => {
    // A fetch of the app's own may ignore the signal.
    signal.addEventListener('abort', () => resolve({ error: reason! }))
  })
  const posted = post(options, body, getState, signal).catch((error: unknown) => {
    const text = messageOf(error)
    return { error: reason ?? failure('disconnected', __DEV__ ? `The HTTP request failed: ${text}` : text) }
  })
  const result = Promise.race([posted, aborted]).finally(cancelTimer)
  return { result, abort: () => giveUp(requestErrors.aborted()) }
}
