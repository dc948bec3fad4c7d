import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from '../../codec/json.js'
import { messageOf } from '../../internal/errors.js'
import { PARSE_ERROR, RATE_LIMITED, SERVER_CLOSING } from '../../internal/jsonRpc.js'
import type { ServerContext } from '../context.js'
import type { Limits } from '../limits.js'
import type { PendingAdmissions } from '../operations/pendingAdmissions.js'
import { encodeFailed } from '../report.js'
import type { Caller, ExecuteCalls } from '../rpc/callExecutor.js'
import { createCallSignals } from '../rpc/callSignals.js'
import { encodeReplies } from '../rpc/encodeReplies.js'
import { errorReply, internalErrorReply } from '../rpc/messages.js'
import { createRunningCalls } from '../rpc/runningCalls.js'
import type { Admit, Admitted } from './admission.js'
import { addressOf } from './addresses.js'
import { createHttpLimits, type HttpPass } from './httpLimits.js'
import { lengthOf, isJsonType, parsedBodyOf, readBody } from './requestBody.js'

/** Serves JSON-RPC over HTTP. Resolves when the response was sent; never rejects. */
export type HandleHttp = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** What {@link createHttpCalls} needs. */
export interface HttpCallsConfig {
  readonly context: ServerContext
  readonly admit: Admit
  readonly beginAdmission: PendingAdmissions['begin']
  readonly execute: ExecuteCalls
  readonly isClosing: () => boolean
}

/** JSON-RPC over HTTP. */
export interface HttpCalls {
  readonly handle: HandleHttp
  /** Resolves when no request is being served. */
  readonly whenIdle: () => Promise<void>
  /** Answers all requests that are still being served with 503. */
  readonly giveUp: () => void
}

const codec = json()

const respondText = (
  res: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  if (res.headersSent || res.destroyed) return
  res.writeHead(status, {
    ...(text && { 'content-type': 'application/json' }),
    'content-length': String(Buffer.byteLength(text)),
    // The response depends on who asks.
    'cache-control': 'no-store',
    ...headers,
  })
  res.end(text)
}

const respond = (
  res: ServerResponse,
  status: number,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
): void => respondText(res, status, body === undefined ? '' : (codec.encode(body) as string), headers)

/** Returns the HTTP status of a refusal by its close code. */
const statusOf = (code: number): number => (code >= 4400 && code < 4500 ? code - 4000 : code === 1011 ? 500 : 403)

const respondRateLimited = (res: ServerResponse, { rate }: Limits): undefined => {
  const seconds = Math.min(Math.ceil(1 / (rate?.perSecond ?? 1)), 3600)
  const headers = { 'retry-after': String(seconds), connection: 'close' }
  respond(res, 429, errorReply(undefined, RATE_LIMITED, 'Too many calls'), headers)
  return undefined
}

const respondParseError = (res: ServerResponse): undefined => {
  respond(res, 400, errorReply(undefined, PARSE_ERROR, 'Parse error'))
  return undefined
}

/** Reads and decodes the message of a request. Resolves with `undefined` when the request has been responded to with an error. */
const readMessage = async (
  req: IncomingMessage,
  res: ServerResponse,
  limits: Limits,
  { takeBytes }: HttpPass,
): Promise<{ readonly message: unknown } | undefined> => {
  let parsed
  try {
    parsed = parsedBodyOf(req)
  } catch {
    return respondParseError(res)
  }
  // A body parser has read these bytes already; they count towards what comes next. A body in chunks of HTTP has no length.
  const textOf = (body: NonNullable<typeof parsed>) => ('text' in body ? body.text : JSON.stringify(body.message))
  if (parsed && !takeBytes(lengthOf(req) || Buffer.byteLength(textOf(parsed)))) return respondRateLimited(res, limits)
  if (parsed && 'message' in parsed) return parsed
  const { maxPayload: maxBytes, handshakeTimeout: timeout } = limits
  const text = parsed?.text ?? (await readBody(req, { maxBytes, timeout, takeBytes }))
  if (typeof text === 'number') {
    // The rest of the body is not read, so the connection ends with the response.
    res.once('finish', () => req.destroy())
    if (text === 429) return respondRateLimited(res, limits)
    respond(res, text, undefined, { connection: 'close' })
    return undefined
  }
  try {
    return { message: codec.decode(text) }
  } catch {
    return respondParseError(res)
  }
}

/** Creates the caller of one request. Its signals are aborted when the client disconnects. */
const createHttpCaller = (
  { limits, work }: ServerContext,
  req: IncomingMessage,
  { user, params }: Admitted,
  disconnected: AbortSignal,
): Caller => {
  const signals = createCallSignals()
  if (disconnected.aborted) signals.abortAll()
  disconnected.addEventListener('abort', signals.abortAll)
  const calls = createRunningCalls({
    base: { req, ws: undefined, connection: undefined, user, params, ip: addressOf(req, limits.proxies) },
    signals,
    work,
    // A batch has at most `maxBatch` calls.
    limit: Infinity,
    maxWaiting: 0,
    maxBytes: limits.maxPendingBytes,
  })
  return {
    openCall: calls.open,
    protocolMethod: () => undefined,
    handleNotification: ({ method }) => method.startsWith('$/'),
  }
}

/** Serves a request within its limits. */
const serveRequest = async (
  { context, admit, beginAdmission, execute }: HttpCallsConfig,
  req: IncomingMessage,
  res: ServerResponse,
  pass: HttpPass,
): Promise<void> => {
  const { limits, report } = context
  const disconnected = new AbortController()
  res.once('close', () => disconnected.abort())
  const endAdmission = beginAdmission()
  const admitted = endAdmission(await admit(req, {}, disconnected.signal))
  if ('code' in admitted) {
    return respond(res, statusOf(admitted.code), { error: admitted.reason }, { connection: 'close' })
  }
  const read = await readMessage(req, res, limits, pass)
  if (!read) return
  // Each call of a batch counts.
  if (Array.isArray(read.message) && !pass.take(Math.max(0, read.message.length - 1))) {
    return respondRateLimited(res, limits)
  }
  const reply = await execute(read.message, createHttpCaller(context, req, admitted, disconnected.signal))
  if (reply === undefined) return respond(res, 204)
  const text = await encodeReplies(codec, reply, (error) => report(encodeFailed(error)))
  respondText(res, 200, text as string)
}

const respondClosing = (res: ServerResponse): void =>
  respond(res, 503, errorReply(undefined, SERVER_CLOSING, 'The server is closing: try again later'), {
    'retry-after': '1',
    connection: 'close',
  })

/** Responds to a request that is not a call. Returns false for one that is. */
const respondToOther = (req: IncomingMessage, res: ServerResponse): boolean => {
  if (req.method !== 'POST') respond(res, 405, undefined, { allow: 'POST' })
  // This also refuses forms of other pages, which cannot send JSON without CORS.
  else if (!isJsonType(req.headers['content-type'])) respond(res, 415, undefined, { accept: 'application/json' })
  else return false
  return true
}

/** Creates the HTTP side of the methods, with the origin check, `params`, `authorize` and rate of connections. */
export const createHttpCalls = (config: HttpCallsConfig): HttpCalls => {
  const { limits, report } = config.context
  const enter = createHttpLimits(limits, report)
  /** What is being served. */
  const serving = new Map<ServerResponse, Promise<void>>()

  const serve: HandleHttp = async (req, res) => {
    if (respondToOther(req, res)) return
    if (config.isClosing()) return respondClosing(res)
    const pass = enter(req)
    if (!pass) return respondRateLimited(res, limits)
    try {
      await serveRequest(config, req, res, pass)
    } finally {
      pass.end()
    }
  }

  const serveSafely: HandleHttp = async (req, res) => {
    try {
      await serve(req, res)
    } catch (error) {
      // The client disconnected while it sent the body, so nobody reads a response.
      if (!req.complete) {
        res.destroy()
        return
      }
      report({ code: 'handler_failed', message: `A call over HTTP failed: ${messageOf(error)}`, error })
      respond(res, 500, internalErrorReply(undefined))
    }
  }

  return {
    handle: async (req, res) => {
      const served = serveSafely(req, res)
      serving.set(res, served)
      await served
      if (!res.writableFinished && !res.destroyed) res.once('close', () => serving.delete(res))
      else serving.delete(res)
    },
    whenIdle: async () => {
      await Promise.all(serving.values())
      await Promise.all(
        Array.from(serving.keys(), async (res) => await new Promise((resolve) => res.once('close', resolve))),
      )
    },
    giveUp: () => {
      for (const res of Array.from(serving.keys())) respondClosing(res)
    },
  }
}
