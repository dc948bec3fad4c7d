import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from '../../codec/json.js'
import { messageOf } from '../../internal/errors.js'
import { PARSE_ERROR, RATE_LIMITED } from '../../internal/jsonRpc.js'
import { createTokenBucket, type TokenBucket } from '../connection/tokenBucket.js'
import type { ServerContext } from '../context.js'
import type { Limits } from '../limits.js'
import type { Report } from '../report.js'
import type { Caller, ExecuteCalls } from '../rpc/callExecutor.js'
import { createCallSignals } from '../rpc/callSignals.js'
import { errorReply, internalErrorReply } from '../rpc/messages.js'
import { createRunningCalls } from '../rpc/runningCalls.js'
import { addressOf, createAddressCount, networkOf } from './addresses.js'
import type { Admit, Admitted } from './admission.js'
import { isJsonType, parsedBodyOf, readBody } from './requestBody.js'

/** Serves JSON-RPC over HTTP. Resolves when the response was sent; never rejects. */
export type HandleHttp = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** What {@link createHttpCalls} needs. */
export interface HttpCallsConfig {
  readonly context: ServerContext
  readonly admit: Admit
  readonly execute: ExecuteCalls
}

/** What one request over HTTP may do. */
interface HttpPass {
  /** Whether its address may make so many calls more. */
  readonly take: (count: number) => boolean
  /** The request has ended. */
  readonly end: () => void
}

interface Visitor {
  readonly bucket: TokenBucket
  isReported: boolean
}

/** The number of addresses at which those with a full bucket are removed. */
const SWEEP_AT = 1024

/**
 * Creates the limits of calls over HTTP. They are those of connections but counted by address, because a request has no connection that
 * distinguishes it from the next one. The result returns `undefined` for a request above the limits.
 */
const createHttpLimits = (limits: Limits, report: Report): ((req: IncomingMessage) => HttpPass | undefined) => {
  const { rate, maxConnectionsPerIp, proxies } = limits
  const addresses = createAddressCount()
  const visitors = new Map<string, Visitor>()
  let sweepAt = SWEEP_AT

  const sweep = (): void => {
    if (visitors.size < sweepAt) return
    for (const [network, { bucket }] of visitors) if (bucket.isFull()) visitors.delete(network)
    sweepAt = Math.max(SWEEP_AT, visitors.size * 2)
  }
  const visitorOf = (network: string, { perSecond, burst }: { perSecond: number; burst: number }): Visitor => {
    const known = visitors.get(network)
    if (known) return known
    sweep()
    const visitor = { bucket: createTokenBucket(perSecond, burst), isReported: false }
    visitors.set(network, visitor)
    return visitor
  }
  const take = (network: string, count: number): boolean => {
    if (!rate || count === 0) return true
    const visitor = visitorOf(network, rate)
    if (visitor.isReported && visitor.bucket.isFull()) visitor.isReported = false
    if (visitor.bucket.take(count)) return true
    if (!visitor.isReported) {
      visitor.isReported = true
      const message = `One address makes more than ${rate.perSecond} calls a second over HTTP ("rate"): the calls above that are refused.`
      report({ code: 'rate_limited', message })
    }
    return false
  }

  return (req) => {
    const network = networkOf(addressOf(req, proxies))
    const { count, leave } = addresses.enter(network)
    if (count <= maxConnectionsPerIp && take(network, 1)) return { take: (more) => take(network, more), end: leave }
    leave()
    return undefined
  }
}

const codec = json()

const respond = (
  res: ServerResponse,
  status: number,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): void => {
  if (res.headersSent || res.destroyed) return
  const text = body === undefined ? '' : (codec.encode(body) as string)
  res.writeHead(status, {
    ...(text && { 'content-type': 'application/json' }),
    'content-length': String(Buffer.byteLength(text)),
    // The response depends on who asks.
    'cache-control': 'no-store',
    ...headers,
  })
  res.end(text)
}

/** Returns the HTTP status of a refusal by its close code. */
const statusOf = (code: number): number => (code >= 4400 && code < 4500 ? code - 4000 : code === 1011 ? 500 : 403)

const respondRateLimited = (res: ServerResponse, { rate }: Limits): void => {
  const seconds = Math.min(Math.ceil(1 / (rate?.perSecond ?? 1)), 3600)
  const headers = { 'retry-after': String(seconds), connection: 'close' }
  respond(res, 429, errorReply(undefined, RATE_LIMITED, 'Too many calls'), headers)
}

const respondParseError = (res: ServerResponse): undefined => {
  respond(res, 400, errorReply(undefined, PARSE_ERROR, 'Parse error'))
  return undefined
}

/** Reads and decodes the message of a request. Resolves with `undefined` when the request has been responded to with an error. */
const readMessage = async (
  req: IncomingMessage,
  res: ServerResponse,
  { maxPayload, handshakeTimeout }: Limits,
): Promise<{ readonly message: unknown } | undefined> => {
  let parsed
  try {
    parsed = parsedBodyOf(req)
  } catch {
    return respondParseError(res)
  }
  if (parsed && 'message' in parsed) return parsed
  const text = parsed?.text ?? (await readBody(req, { maxBytes: maxPayload, timeout: handshakeTimeout }))
  if (typeof text === 'number') {
    // The rest of the body is not read, so the connection ends with the response.
    res.once('finish', () => req.destroy())
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
const createHttpCaller = (req: IncomingMessage, { user, params }: Admitted, disconnected: AbortSignal): Caller => {
  const signals = createCallSignals()
  if (disconnected.aborted) signals.abortAll()
  disconnected.addEventListener('abort', signals.abortAll)
  const calls = createRunningCalls({ req, ws: undefined, connection: undefined, user, params }, signals, Infinity)
  return {
    openCall: calls.open,
    protocolMethod: () => undefined,
    handleNotification: ({ method }) => method.startsWith('$/'),
  }
}

/** Serves a request within its limits. */
const serveRequest = async (
  { context, admit, execute }: HttpCallsConfig,
  req: IncomingMessage,
  res: ServerResponse,
  pass: HttpPass,
): Promise<void> => {
  const { limits, report } = context
  const disconnected = new AbortController()
  res.once('close', () => disconnected.abort())
  const admitted = await admit(req, {}, disconnected.signal)
  if ('code' in admitted) {
    return respond(res, statusOf(admitted.code), { error: admitted.reason }, { connection: 'close' })
  }
  const read = await readMessage(req, res, limits)
  if (!read) return
  // Each call of a batch counts.
  if (Array.isArray(read.message) && !pass.take(Math.max(0, read.message.length - 1))) {
    return respondRateLimited(res, limits)
  }
  const reply = await execute(read.message, createHttpCaller(req, admitted, disconnected.signal))
  if (reply === undefined) return respond(res, 204)
  try {
    respond(res, 200, reply)
  } catch (error) {
    report({ code: 'encode_failed', message: `JSON cannot encode a reply: ${messageOf(error)}`, error })
    respond(res, 500, internalErrorReply(undefined))
  }
}

/** Creates the HTTP side of the methods, with the origin check, `params`, `authorize` and rate of connections. */
export const createHttpCalls = (config: HttpCallsConfig): HandleHttp => {
  const { limits, report } = config.context
  const enter = createHttpLimits(limits, report)

  const handle: HandleHttp = async (req, res) => {
    if (req.method !== 'POST') return respond(res, 405, undefined, { allow: 'POST' })
    // This also refuses forms of other pages, which cannot send JSON without CORS.
    if (!isJsonType(req.headers['content-type'])) return respond(res, 415, undefined, { accept: 'application/json' })
    const pass = enter(req)
    if (!pass) return respondRateLimited(res, limits)
    try {
      await serveRequest(config, req, res, pass)
    } finally {
      pass.end()
    }
  }

  return async (req, res) => {
    try {
      await handle(req, res)
    } catch (error) {
      // A body that broke off: there is no client to respond to.
      if (!req.complete) {
        res.destroy()
        return
      }
      report({ code: 'handler_failed', message: `A call over HTTP failed: ${messageOf(error)}`, error })
      respond(res, 500, internalErrorReply(undefined))
    }
  }
}
