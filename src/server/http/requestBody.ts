import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { isHostile } from '../../codec/plainJson.js'
import { after, type Cancel } from '../../internal/clock.js'
import { codedError } from '../../internal/errors.js'

/** Whether a content type is JSON. */
export const isJsonType = (type = ''): boolean => /^application\/(json|json-rpc|jsonrequest)\s*(;|$)/i.test(type)

/** The HTTP status of a body that is not read. */
type BodyProblem = 408 | 413 | 429

/** What a body may be. */
interface BodyLimits {
  readonly maxBytes: number
  /** Milliseconds until the whole body has come. */
  readonly timeout: number
  /** Whether its address may send so many bytes more. */
  readonly takeBytes: (count: number) => boolean
}

/** The length of the body by its header; 0 without one. */
export const lengthOf = (req: IncomingMessage): number => Number(req.headers['content-length'] ?? 0)

/** Reads the body as a text. Resolves with an HTTP status when the body is too large, too slow or above the rate; the rest is then not read. */
export const readBody = async (
  req: IncomingMessage,
  { maxBytes, timeout, takeBytes }: BodyLimits,
): Promise<string | BodyProblem> => {
  const announced = lengthOf(req)
  if (announced > maxBytes) return 413
  if (!takeBytes(announced)) return 429
  // Neither of them would ever emit `end`.
  if (req.readableEnded) throw new Error('its body has been read already, and is not in "req.body"')
  if (req.destroyed) throw new Error('the request broke off')
  let cancel: Cancel = () => {}
  const body = new Promise<string | BodyProblem>((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const refuse = (status: BodyProblem): void => {
      req.pause()
      resolve(status)
    }
    cancel = after(timeout, () => refuse(408))
    // Not a loop over the request: leaving that early destroys the socket before the response is sent.
    req.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length > maxBytes) refuse(413)
      // A body in chunks of HTTP, which has no length in its headers.
      else if (!announced && !takeBytes(chunk.length)) refuse(429)
    })
    req.on('end', () => resolve(Buffer.concat(chunks).toString()))
    req.on('error', reject)
    req.on('close', () => reject(new Error('the request broke off')))
  })
  return await body.finally(cancel)
}

/** As json() has by default. */
const MAX_LEVELS = 500

/** Whether a value is what body parsers leave for a body that they have not read: express 4 leaves `{}`. */
const isPlaceholder = (body: unknown): boolean =>
  body === null || body === '' || (typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0)

/**
 * Returns what a body parser has left in `req.body`: a text, or a decoded message. `undefined` when no parser has read the body.
 * @throws `invalid_frame` for a message that is nested too deeply or has keys that pollute prototypes, which parsers such as `express.json()` let through
 */
export const parsedBodyOf = (
  req: IncomingMessage,
): { readonly text: string } | { readonly message: unknown } | undefined => {
  const { body } = req as { body?: unknown }
  const isUnread = !req.readableDidRead && !req.readableEnded
  if (body === undefined || (isUnread && isPlaceholder(body))) return undefined
  if (typeof body === 'string') return { text: body }
  if (body instanceof Uint8Array) return { text: Buffer.from(body).toString() }
  if (!isHostile(body, MAX_LEVELS)) return { message: body }
  throw codedError(
    'invalid_frame',
    `Expected at most ${MAX_LEVELS} levels of nesting, and no "__proto__" or "constructor.prototype" key.`,
  )
}
