import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request that is answered with an error; `message` is a sentence for whoever asked. */
export class HttpError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** What is wrong with which part of the body. */
  readonly issues: readonly { readonly path: string; readonly message: string }[] | undefined

  constructor(
    status: number,
    message: string,
    { headers = {}, issues }: { headers?: Record<string, string>; issues?: HttpError['issues'] } = {},
  ) {
    super(message)
    this.name = 'HttpError'
    this.status = status
    this.headers = headers
    this.issues = issues
  }
}

/** Browsers send Origin with every request that writes; a page of another origin must not be able to. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return false
  return headers.origin === undefined || headers.origin === `http://${headers.host}`
}

const TOO_LARGE = (limit: number) =>
  // What is left of the body is not read, so the connection can't be used again.
  new HttpError(413, `The body is too large: at most ${limit} bytes.`, { headers: { connection: 'close' } })

/** The bytes of a body of at most `limit`. Rejects when the request breaks off. */
async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw TOO_LARGE(limit)
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    // Not a loop over the request: leaving one early destroys the socket, and with it the answer.
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length <= limit) return
      request.pause()
      reject(TOO_LARGE(limit))
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => reject(new Error('the request broke off')))
  })
}

/** The JSON of a request that may write. Throws an {@link HttpError} for one from another origin, and for what is no JSON. */
export async function readWrite(request: IncomingMessage, limit: number): Promise<unknown> {
  if (!isSameOrigin(request)) throw new HttpError(403, 'Posts are only written from the page itself.')
  // It also keeps forms of other pages out: they can't send JSON without asking first (CORS).
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'Send JSON, with the content type application/json.')
  }
  const bytes = await readBytes(request, limit)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    throw new HttpError(400, 'The body is not JSON in UTF-8.')
  }
}

export function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  // An unread body would keep the connection waiting for it.
  if (headers['connection'] === 'close') response.once('finish', () => request.destroy())
  response.end(text)
}
