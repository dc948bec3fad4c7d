import type { IncomingMessage, ServerResponse } from 'node:http'

/** An error that is sent to the client; `message` is a sentence for the user. */
export class HttpError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The invalid parts of the body. */
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

/** Browsers send Origin with every request that writes, so a page of another origin cannot write here. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return false
  return headers.origin === undefined || headers.origin === `http://${headers.host}`
}

const tooLarge = (limit: number) =>
  // The rest of the body is not read, so the connection cannot be reused.
  new HttpError(413, `The body is too large. The limit is ${limit} bytes.`, { headers: { connection: 'close' } })

/** Reads a body of at most `limit` bytes. Rejects when the client aborts the request. */
async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    // Not `for await`: leaving that loop early destroys the socket, and the response with it.
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length <= limit) return
      request.pause()
      reject(tooLarge(limit))
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => reject(new Error('the client aborted the request')))
  })
}

/** Reads the JSON body of a write. Throws an {@link HttpError} for a request of another origin and for an invalid body. */
export async function readWrite(request: IncomingMessage, limit: number): Promise<unknown> {
  if (!isSameOrigin(request)) throw new HttpError(403, 'Posts can only be written from the page itself.')
  // Forms of other sites cannot send JSON without a CORS preflight.
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'Send JSON with the content type application/json.')
  }
  const bytes = await readBytes(request, limit)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    throw new HttpError(400, 'The body is not valid JSON in UTF-8.')
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
  // Node would wait for the rest of the body before it closes the connection.
  if (headers['connection'] === 'close') response.once('finish', () => request.destroy())
  response.end(text)
}
