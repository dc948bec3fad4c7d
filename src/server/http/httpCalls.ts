import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from '../../codec/json.js'
import { after, type Cancel } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import type { Admission, Admitted } from './admission.js'
import { createHttpLimits, type HttpPass } from './httpLimits.js'
import type { Limits } from '../options.js'
import type { Report } from '../problems.js'
import type { Answer, Caller } from '../rpc/callExecutor.js'
import { createCalls } from '../rpc/runningCalls.js'
import { errorReply, rpcCodes } from '../rpc/messages.js'
import { createSignals } from '../rpc/callSignals.js'

/** Answers JSON-RPC over HTTP. Resolves when it has; never rejects. */
export type HandleHttp = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** What the HTTP side needs to know. */
export interface HttpConfig {
  readonly answer: Answer
  readonly admit: Admission
  readonly limits: Limits
  readonly report: Report
}

const codec = json()

const send = (res: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}): void => {
  if (res.headersSent || res.destroyed) return
  const text = body === undefined ? '' : (codec.encode(body) as string)
  res.writeHead(status, {
    ...(text && { 'content-type': 'application/json' }),
    'content-length': String(Buffer.byteLength(text)),
    // Answers depend on who asks.
    'cache-control': 'no-store',
    ...headers,
  })
  res.end(text)
}

const isJson = (type = ''): boolean => /^application\/(json|json-rpc|jsonrequest)\s*(;|$)/i.test(type)

/** The body as a text, or the status that refuses it: what comes after that is not read. */
const readBody = async (req: IncomingMessage, limit: number, within: number): Promise<string | 408 | 413> => {
  if (Number(req.headers['content-length'] ?? 0) > limit) return 413
  // Neither of them would ever end.
  if (req.readableEnded) throw new Error('its body has been read already, and is not in "req.body"')
  if (req.destroyed) throw new Error('the request broke off')
  let cancel: Cancel = () => {}
  const body = new Promise<string | 408 | 413>((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const refuse = (status: 408 | 413): void => {
      req.pause()
      resolve(status)
    }
    cancel = after(within, () => refuse(408))
    // Not a loop over the request: leaving one early destroys the socket, and with it the answer.
    req.on('data', (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length > limit) refuse(413)
    })
    req.on('end', () => resolve(Buffer.concat(chunks).toString()))
    req.on('error', reject)
    req.on('close', () => reject(new Error('the request broke off')))
  })
  return await body.finally(cancel)
}

/** What a body parser has made of the body, if one has been here: a text, or the message itself. */
const parsedBodyOf = (req: IncomingMessage): { readonly text: string } | { readonly message: unknown } | undefined => {
  const { body } = req as { body?: unknown }
  if (typeof body === 'string') return { text: body }
  if (body instanceof Uint8Array) return { text: Buffer.from(body).toString() }
  return typeof body === 'object' ? { message: body } : undefined
}

/** HTTP's status for a refusal whose close code mirrors it. */
const statusOf = (code: number): number => (code >= 4400 && code < 4500 ? code - 4000 : code === 1011 ? 500 : 403)

/** Creates the HTTP side of the methods: the same origin check, `params`, `authorize` and rate as for a connection. */
export const createHandleHttp = ({ answer, admit, limits, report }: HttpConfig): HandleHttp => {
  const { maxPayload, handshakeTimeout } = limits
  const pass = createHttpLimits(limits, report)

  const callerFor = (req: IncomingMessage, { user, params }: Admitted): { caller: Caller; end: () => void } => {
    const signals = createSignals()
    const calls = createCalls({ req, ws: undefined, connection: undefined, user, params }, signals, Infinity)
    const caller = {
      open: calls.open,
      builtin: () => undefined,
      notified: ({ method }: { method: string }) => method.startsWith('$/'),
    }
    return { caller, end: signals.abortAll }
  }

  const readMessage = async (req: IncomingMessage, res: ServerResponse): Promise<{ message: unknown } | undefined> => {
    const parsed = parsedBodyOf(req)
    if (parsed && 'message' in parsed) return parsed
    const text = parsed?.text ?? (await readBody(req, maxPayload, handshakeTimeout))
    if (typeof text === 'number') {
      // The rest of the body is not worth reading, so the connection ends with the answer.
      res.once('finish', () => req.destroy())
      send(res, text, undefined, { connection: 'close' })
      return undefined
    }
    try {
      return { message: codec.decode(text) }
    } catch {
      send(res, 400, errorReply(undefined, rpcCodes.parseError, 'Parse error'))
      return undefined
    }
  }

  const refuse = (res: ServerResponse): void => {
    const wait = Math.min(Math.ceil(1 / (limits.rate?.perSecond ?? 1)), 3600)
    const headers = { 'retry-after': String(wait), connection: 'close' }
    send(res, 429, errorReply(undefined, rpcCodes.rateLimited, 'Too many calls'), headers)
  }

  const handlePassed = async (req: IncomingMessage, res: ServerResponse, { take }: HttpPass): Promise<void> => {
    const gone = new AbortController()
    res.once('close', () => gone.abort())
    const admitted = await admit(req, {}, gone.signal)
    if ('code' in admitted)
      return send(res, statusOf(admitted.code), { error: admitted.reason }, { connection: 'close' })
    const read = await readMessage(req, res)
    if (!read) return
    // A batch is as many calls as it holds.
    if (Array.isArray(read.message) && !take(Math.max(0, read.message.length - 1))) return refuse(res)
    const { caller, end } = callerFor(req, admitted)
    if (gone.signal.aborted) end()
    gone.signal.addEventListener('abort', end)
    const reply = await answer(read.message, caller)
    if (reply === undefined) return send(res, 204)
    try {
      send(res, 200, reply)
    } catch (error) {
      report({ code: 'encode_failed', message: `JSON cannot carry an answer: ${messageOf(error)}`, error })
      send(res, 500, errorReply(undefined, rpcCodes.internal, 'Internal error'))
    }
  }

  const handle: HandleHttp = async (req, res) => {
    if (req.method !== 'POST') return send(res, 405, undefined, { allow: 'POST' })
    // It also keeps forms of other pages out: they can't send JSON without asking first (CORS).
    if (!isJson(req.headers['content-type'])) return send(res, 415, undefined, { accept: 'application/json' })
    const passed = pass(req)
    if (!passed) return refuse(res)
    try {
      await handlePassed(req, res, passed)
    } finally {
      passed.end()
    }
  }

  return async (req, res) => {
    try {
      await handle(req, res)
    } catch (error) {
      // A body that breaks off in the middle: nobody is left to answer.
      if (!req.complete) {
        res.destroy()
        return
      }
      report({ code: 'handler_failed', message: `A call over HTTP failed: ${messageOf(error)}`, error })
      send(res, 500, errorReply(undefined, rpcCodes.internal, 'Internal error'))
    }
  }
}
