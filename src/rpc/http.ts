import { after } from '../internal/clock.js'
import { messageOf } from '../internal/errors.js'
import { droppedFailure, failure, requestErrors, resultOf } from './failures.js'
import { isReply } from './messages.js'
import type { RequestResult, RpcProblem } from './types.js'

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

/** A call over HTTP. */
export interface HttpCall {
  readonly url: string
  readonly fetch: FetchLike
  readonly headers: () => unknown
  readonly method: string
  readonly params: unknown
  readonly timeout: number
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

const post = async ({ fetch, headers, url }: HttpCall, body: string, signal: AbortSignal) => {
  const more = (await headers()) as Record<string, string> | undefined
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...more },
    body,
    signal,
  })
  return readResponse(await response.text(), response.ok, response.status)
}

/** Starts a call, JSON-RPC 2.0 over HTTP POST. The promise never rejects. */
export const callOverHttp = (
  call: HttpCall,
): { readonly result: Promise<RequestResult<unknown>>; readonly abort: () => void } => {
  const { method, params, timeout } = call
  let body: string
  try {
    body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, ...(params !== undefined && { params }) })
  } catch (error) {
    return { result: Promise.resolve({ error: droppedFailure('invalid', messageOf(error)) }), abort: () => {} }
  }
  const controller = new AbortController()
  let reason: RpcProblem | undefined
  const giveUp = (problem: RpcProblem) => {
    reason ??= problem
    controller.abort()
  }
  const cancelTimer = after(timeout, () => giveUp(requestErrors.timeout(timeout)))
  const aborted = new Promise<RequestResult<unknown>>((resolve) => {
    // A fetch of the app's own may ignore the signal.
    controller.signal.addEventListener('abort', () => resolve({ error: reason! }))
  })
  const posted = post(call, body, controller.signal).catch((error: unknown) => {
    const text = messageOf(error)
    return { error: reason ?? failure('disconnected', __DEV__ ? `The HTTP request failed: ${text}` : text) }
  })
  const result = Promise.race([posted, aborted]).finally(cancelTimer)
  return { result, abort: () => giveUp(requestErrors.aborted()) }
}
