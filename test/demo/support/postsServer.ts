import { once } from 'node:events'
import type { Page } from 'playwright-core'
import type { WebSocket } from 'ws'

const headers = { 'content-type': 'application/json' }

export interface Reply<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** Sends a request. A string or a Buffer is sent as it is, anything else as JSON. */
export const request = async <Body = { error: string }>(
  url: string,
  method = 'GET',
  body?: unknown,
  given: Record<string, string> = headers,
): Promise<Reply<Body>> => {
  const text = typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body)
  const response = await fetch(url, { method, headers: given, ...(body !== undefined && { body: text }) })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
}

/** Creates posts concurrently from a page, without its store, which receives them only by the WebSocket. */
export const createPosts = async (page: Page, prefix: string, count: number) =>
  page.evaluate(
    async ([name, amount]) => {
      const headersOfPage = { 'content-type': 'application/json' }
      await Promise.all(
        Array.from({ length: amount }, async (_, index) =>
          fetch('/posts', {
            method: 'POST',
            headers: headersOfPage,
            body: JSON.stringify({ title: `${name} ${index}` }),
          }),
        ),
      )
    },
    [prefix, count] as const,
  )

/** Subscribes a plain client to the channel of the posts. */
export const followPosts = async (client: WebSocket): Promise<void> => {
  const answered = once(client, 'message')
  client.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel: 'posts' } }))
  await answered
}
