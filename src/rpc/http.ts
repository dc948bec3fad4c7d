import { after } from '../internal/clock.js'
import { messageOf } from '../internal/errors.js'
import { failure, isReply, resultOf } from './messages.js'
import { befallen, droppedFor } from './requests.js'
import type { RequestResult, RpcProblem } from './types.js'

/** The part of `fetch` that is used: the platform's, or one with the same shape. */
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

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** What the answer says. Some servers answer an error with a status of its own: what they say counts for more. */
const read = (text: string, ok: boolean, status: number): RequestResult<unknown> => {
  const reply = parsed(text)
  if (isReply(reply, { version: false })) return resultOf(reply)
  const error = ok
    ? failure('invalid_reply', 'Expected an answer of JSON-RPC 2.0 over HTTP, got something else.')
    : failure('http_error', `The server answered HTTP ${String(status)}.`, { status })
  return { error }
}

/** Begins a call, JSON-RPC 2.0 over HTTP POST. The promise never rejects. */
export const callOverHttp = (call: HttpCall): { result: Promise<RequestResult<unknown>>; abort: () => void } => {
  const { url, fetch, headers, method, params, timeout } = call
  let body: string
  try {
    body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, ...(params !== undefined && { params }) })
  } catch (thrown) {
    return { result: Promise.resolve({ error: droppedFor('invalid', messageOf(thrown)) }), abort: () => {} }
  }
  const controller = new AbortController()
  let given: RpcProblem | undefined
  const giveUp = (problem: RpcProblem) => {
    given ??= problem
    controller.abort()
  }
  const cancelTimer = after(timeout, () => giveUp(befallen.late(timeout)))
  const post = async (): Promise<RequestResult<unknown>> => {
    const more = (await headers()) as Record<string, string> | undefined
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...more },
      body,
      signal: controller.signal,
    })
    return read(await response.text(), response.ok, response.status)
  }
  const stopped = new Promise<RequestResult<unknown>>((resolve) => {
    // A fetch of the app's own may not know the signal.
    controller.signal.addEventListener('abort', () => resolve({ error: given! }))
  })
  const posted = post().catch((thrown: unknown) => ({
    error: given ?? failure('disconnected', `The server could not be asked: ${messageOf(thrown)}`),
  }))
  const result = Promise.race([posted, stopped]).finally(cancelTimer)
  return { result, abort: () => giveUp(befallen.aborted()) }
}
