import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { codedError } from '../../internal/errors.js'
import type { Admitted } from '../http/admission.js'
import { pushOf, type Channels } from './channels.js'
import { codecFor, toPacket } from '../codecs.js'
import { createFeed, type Feed } from './messageSource.js'
import type { Line } from './frameQueue.js'
import { Live } from './connectionView.js'
import type { Limits } from '../options.js'
import { closeSoftly, createOutbound, type Outbound } from './outbound.js'
import type { Guard, Report } from '../problems.js'
import { checkNow } from '../schema.js'
import { createCalls, type Calls } from '../rpc/runningCalls.js'
import { createRequests, type Requests } from '../rpc/clientRequests.js'
import { createSignals, type Signals } from '../rpc/callSignals.js'
import { createSubscriptions, type Subscriptions } from './subscriptions.js'
import type { ServerCodec, ServerConnection } from '../types.js'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** A connection with what the server needs to know of it. */
export interface Peer extends Pick<Outbound, 'deliver' | 'post'> {
  /** What the app sees. */
  readonly connection: ServerConnection
  readonly codec: ServerCodec
  readonly feed: Feed<unknown>
  readonly subscriptions: Subscriptions
  readonly requests: Requests
  readonly calls: Calls
  /** Says something of this connection to the app. */
  readonly report: (code: string, message: string, error?: unknown) => void
  /** The socket is closed: everything of it ends. */
  readonly end: () => void
}

/** A socket that has been let in, with what has come from it so far waiting in line. */
export interface Arrival {
  readonly ws: WebSocket
  readonly req: IncomingMessage
  readonly ip: string
  readonly admitted: Admitted
  readonly line: Line
  /** Traffic goes out. */
  readonly touch: () => void
}

/** What all peers of a server share. */
export interface PeerParts {
  readonly codecs: readonly ServerCodec[]
  readonly limits: Limits
  readonly sendSchema: StandardSchemaV1 | undefined
  readonly channels: Channels
  readonly report: Report
  readonly guard: Guard
  /** Whether a handler will read the messages, perhaps late. */
  readonly hasHandler: boolean
}

// RFC 6455 section 7.4.1: those that may stand in a close frame, and of these only what a server may mean.
const isServerCode = (code: number): boolean =>
  [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014].includes(code) ||
  (Number.isInteger(code) && code >= 3000 && code <= 4999)

/** Creates a peer for a socket that has been let in. */
export const createPeer = ({ ws, req, ip, admitted, touch }: Arrival, parts: PeerParts): Peer => {
  const { limits, channels, sendSchema, guard, hasHandler } = parts
  const { user, params } = admitted
  const codec = codecFor(parts.codecs, ws.protocol)
  // Made when they are first asked for: most connections never are.
  let closing: AbortController | undefined
  let isGone = false
  const signal = (): AbortSignal => {
    closing ??= new AbortController()
    if (isGone) closing.abort()
    return closing.signal
  }
  let lazySignals: Signals | undefined
  const signals = (): Signals => (lazySignals ??= createSignals())
  const report: Peer['report'] = (code, message, error) =>
    parts.report({ code, message, connection, ...(error !== undefined && { error }) })
  const outbound = createOutbound(ws, codec, limits, { onSent: touch, report })
  const { deliver, post } = outbound
  const subscriptions = createSubscriptions(channels, { codec, deliver }, limits.maxSubscriptions)
  const requests = createRequests(post, limits.maxPending)
  const feed = createFeed<unknown>(guard, (message) => message, hasHandler)

  const send = (value: unknown): boolean => {
    let checked
    try {
      checked = checkNow(sendSchema, value)
    } catch (error) {
      report('encode_failed', (error as Error).message, error)
      return false
    }
    return post(checked)
  }

  const push = (channel: string, data: unknown): boolean => {
    const ids = subscriptions.list().filter((subscription) => subscription.channel === channel)
    if (ids.length === 0) return post(pushOf(channel, data))
    return ids.map(({ id }) => post(pushOf(channel, data, id))).every(Boolean)
  }

  // Through bytes: randomUUID puts it together from many pieces, which would stay, half a KiB of them.
  const id = Buffer.from(randomUUID()).toString()
  const connection: ServerConnection = Object.assign(new Live({ id, ip, ws, outbound, subscriptions, signal }), {
    user,
    params,
    req,
    protocol: ws.protocol,
    messages: feed,
    send,
    sendRaw: (frame) => deliver(toPacket(frame)),
    emit: (type, payload) => send({ type, payload }),
    push,
    request: async (method, requestParams, options = {}) => await requests.send(method, requestParams, options),
    subscribe: (channel, given) => {
      const subscription = subscriptions.reserve(channel, given)
      if (subscription) subscriptions.start(subscription)
      return subscription?.id
    },
    unsubscribe: subscriptions.end,
    close: (code = 1000, reason = '') => {
      if (isServerCode(code)) return outbound.finish(() => closeSoftly(ws, code, reason, limits.closeTimeout))
      const expected = 'one that a server may send (1000–1014 without 1004–1006 and 1010, or 3000–4999)'
      throw codedError('invalid_close_code', `connection.close: expected a close code, ${expected}, got ${code}.`)
    },
    terminate: () => ws.terminate(),
  } satisfies Omit<ServerConnection, keyof Live>)

  const calls = createCalls(
    { req, ws, connection, user, params },
    { create: () => signals().create() },
    limits.maxPending,
  )

  // Nothing is spread here: each would get a shape of its own, which takes more than all that is in it.
  return {
    deliver,
    post,
    connection,
    codec,
    feed,
    subscriptions,
    requests,
    calls,
    report,
    end: () => {
      isGone = true
      closing?.abort()
      signals().abortAll()
      subscriptions.endAll()
      requests.end()
      feed.end()
    },
  }
}
