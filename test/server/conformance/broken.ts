import type { Frame, Tamper } from './tamper.js'

interface Message {
  readonly jsonrpc?: string
  readonly id?: unknown
  readonly method?: string
  readonly type?: string
  readonly params?: { readonly [key: string]: unknown }
  readonly result?: unknown
  readonly stream?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

const read = ({ data }: Frame): Message | null | undefined => {
  try {
    return JSON.parse(data.toString()) as Message | null
  } catch {
    return undefined
  }
}

const write = (message: unknown, isBinary = false): Frame => ({ data: Buffer.from(JSON.stringify(message)), isBinary })
const texts = (...given: readonly string[]): Frame[] =>
  given.map((text) => ({ data: Buffer.from(text), isBinary: false }))

type Change = (message: Message, frame: Frame) => readonly unknown[] | undefined

/** Replaces a message by others. */
const messages =
  (change: Change) =>
  () =>
  (frame: Frame): readonly Frame[] | undefined => {
    const message = read(frame)
    if (typeof message !== 'object' || message === null) return undefined
    return change(message, frame)?.map((one) => write(one, frame.isBinary))
  }

const toClient = (change: Change): Tamper => ({ toClient: messages(change) })
const toServer = (change: Change): Tamper => ({ toServer: messages(change) })
/** Replaces each frame with this text by others. */
const instead =
  (text: string, ...given: readonly string[]) =>
  () =>
  (frame: Frame) =>
    frame.data.toString() === text ? texts(...given) : undefined

/** Changes the control frames of sessions. `undefined` keeps one. */
const controls =
  (change: (frame: Record<string, unknown>) => object | undefined) =>
  () =>
  ({ data, isBinary }: Frame) => {
    const text = data.toString()
    const changed = text.startsWith('$') ? change(JSON.parse(text.slice(1)) as Record<string, unknown>) : undefined
    return changed && [{ data: Buffer.from(`$${JSON.stringify(changed)}`), isBinary }]
  }
const increased = (is: string, member = 'received', by = 1): Tamper => ({
  toClient: controls((frame) => (frame['is'] === is ? { ...frame, [member]: Number(frame[member]) + by } : undefined)),
})

const isList = Array.isArray as (message: unknown) => message is Message[]
const isPush = ({ method }: Message): boolean => method === '$/push'
const isSubscribed = (message: Message): message is Message & { readonly result: object } =>
  typeof message.result === 'object' && message.result !== null && 'recovered' in message.result
const isChunk = ({ method }: Message): boolean => method === '$/chunk'
const withCode = (from: number, to: number): Tamper =>
  toClient((message) =>
    message.error?.code === from ? [{ ...message, error: { ...message.error, code: to } }] : undefined,
  )
const closesWith = (code: number, reason?: string): Tamper => ({ closeWith: (_code, given) => [code, reason ?? given] })
const withStatus = (from: number, to: number): Tamper => ({
  http: (answer) => (answer.status === from ? { ...answer, status: to } : answer),
})
const unresponsive: Tamper = { isUnresponsive: true }
const unchanged: Tamper = {}

/** Drops each frame after one for which `test` returns true. */
const lostAfter = (test: (message: Message) => boolean): Tamper => ({
  toServer: () => {
    let isLost = false
    return (frame) => {
      if (isLost) return []
      isLost = test(read(frame) ?? {})
      return undefined
    }
  },
})

/** Swaps the first two messages for which `test` returns true. */
const swapped =
  (test: (message: Message) => boolean): NonNullable<Tamper['toClient']> =>
  () => {
    let kept: Frame | undefined
    let isDone = false
    return (frame) => {
      if (isDone || !test(read(frame) ?? {})) return undefined
      if (!kept) {
        kept = frame
        return []
      }
      isDone = true
      return [frame, kept]
    }
  }

/** For each rule a server that breaks it. */
export const broken: Readonly<Record<string, Tamper>> = {
  'connection.plain': { headers: ['Sec-WebSocket-Protocol: mine'] },
  'connection.offered': { headers: ['Sec-WebSocket-Protocol: mine'] },
  'connection.codec': { select: ([first = '']) => first },
  'connection.fragments': toClient((message) => [{ ...message, result: ['?'] }]),
  'connection.events': { toClient: swapped(({ type }) => type === 'conformance/echoed') },
  'connection.own': toServer((message) => [{ ...message, jsonrpc: '2.0' }]),
  'connection.broadcast': toClient((message) =>
    message.type === 'conformance/broadcast' ? [message, message] : undefined,
  ),
  'connection.early': toServer((message) => (message.id === 3 ? [] : undefined)),
  'heartbeat.pong': { toClient: instead('pong') },
  'heartbeat.answer': { toServer: instead('pong', 'ping') },
  'heartbeat.exact': { toServer: instead('"ping"', 'ping') },
  'heartbeat.bytes': {
    toClient: () => (frame) => (frame.data.toString() === 'pong' ? [{ ...frame, isBinary: true }] : undefined),
  },
  'heartbeat.frame': { ws: { autoPong: false } },
  'heartbeat.pings': unchanged,
  'heartbeat.silence': unchanged,
  'requests.values': toClient((message) =>
    'result' in message ? [{ ...message, result: message.result || null }] : undefined,
  ),
  'requests.null': toClient(({ result, ...message }) => (result === null ? [message] : undefined)),
  'requests.ids': toClient((message) => ('id' in message ? [{ ...message, id: String(message.id) }] : undefined)),
  'requests.notification': toServer((message) => ('id' in message ? undefined : [{ ...message, id: 'mine' }])),
  'requests.protocol': toServer((message) => ('id' in message ? undefined : [{ ...message, id: 'mine' }])),
  'requests.stray': toServer((message) => ('method' in message ? undefined : [{ jsonrpc: '2.0', id: 1 }])),
  'requests.concurrent': lostAfter(({ method }) => method === 'conformance.wait'),
  'requests.cancel': toClient((message) => (message.error?.code === -32800 ? [] : undefined)),
  'requests.cancel-unknown': toServer((message) =>
    message.method === '$/cancelRequest' ? [{ ...message, id: 'mine' }] : undefined,
  ),
  'requests.batch': toClient((message) => (isList(message) ? message : undefined)),
  'requests.batch-notifications': toServer((message) => (isList(message) ? [[...message, 7]] : undefined)),
  'requests.ask': toServer((message) => (!('method' in message) ? [{ ...message, id: 'other' }] : undefined)),
  'errors.shape': toClient(({ error, ...message }) =>
    error ? [{ ...message, error: { message: error.message } }] : undefined,
  ),
  'errors.hidden': toClient((message) =>
    message.error?.code === -32603 ? [{ ...message, error: { ...message.error, message: 'a secret' } }] : undefined,
  ),
  'errors.unreadable': withCode(-32700, -32600),
  'errors.invalid': withCode(-32600, -32603),
  'errors.method': withCode(-32601, -32603),
  'errors.params': toClient(({ error, ...message }) =>
    error ? [{ ...message, error: { code: error.code, message: error.message } }] : undefined,
  ),
  'errors.batch': toClient((message) => (isList(message) ? [message.filter(({ error }) => !error)] : undefined)),
  'errors.batch-size': toServer((message) => (isList(message) ? [message.slice(0, 100)] : undefined)),
  'errors.rate': toClient((message) => (message.id === 1_000 ? [{ ...message, result: 'other' }] : undefined)),
  'streaming.chunks': { toClient: swapped(isChunk) },
  'streaming.window': toServer((message) => (message.stream ? [{ ...message, stream: { window: 5 } }] : undefined)),
  'streaming.more': toServer((message) =>
    message.method === '$/more' ? [{ ...message, params: { ...message.params, count: 2 } }] : undefined,
  ),
  'streaming.more-unknown': toServer((message) =>
    message.method === '$/more' ? [{ ...message, id: 'mine' }] : undefined,
  ),
  'streaming.cancel': withCode(-32800, -32603),
  'streaming.cancelled': toServer(({ method }) => (method === '$/cancelRequest' ? [] : undefined)),
  'streaming.credit': toServer(({ method }) => (method === '$/more' ? [] : undefined)),
  'streaming.answer': toClient(({ result }) => (result === 0 || result === 1 ? [] : undefined)),
  'streaming.end': toClient((message) =>
    message.result === 2 ? [message, { jsonrpc: '2.0', method: '$/chunk', params: { id: 7, data: 3 } }] : undefined,
  ),
  'streaming.refused': withCode(-32600, -32602),
  'streaming.plain': toClient((message) =>
    'result' in message
      ? [{ jsonrpc: '2.0', method: '$/chunk', params: { id: message.id, data: 1 } }, message]
      : undefined,
  ),
  'streaming.resume': {
    toServer: controls((frame) => (frame['key'] ? { ...frame, received: 1 } : undefined)),
  },
  'subscriptions.push': toClient((message) =>
    isPush(message) ? [{ ...message, params: { ...message.params, id: 'other' } }] : undefined,
  ),
  'subscriptions.order': { toClient: swapped(() => true) },
  'subscriptions.list': toServer((message) =>
    isList(message.params) ? [{ ...message, params: { channel: message.params } }] : undefined,
  ),
  'subscriptions.ids': toClient((message) =>
    typeof message.result === 'string' ? [{ ...message, result: message.result.split('#')[0] }] : undefined,
  ),
  'subscriptions.unsubscribe': toServer((message) =>
    message.method === 'unsubscribe' ? [{ ...message, params: { id: 'other' } }] : undefined,
  ),
  'subscriptions.notified': toServer((message) => ('id' in message ? undefined : [{ ...message, id: 'mine' }])),
  'subscriptions.others': toServer((message) =>
    message.method === 'subscribe' ? [{ ...message, params: { channel: 'conformance.news' } }] : undefined,
  ),
  'subscriptions.connection': toClient((message) =>
    // The result is the number of clients that were reached.
    typeof message.result === 'number'
      ? [{ jsonrpc: '2.0', method: '$/push', params: { id: '1', channel: 'conformance.news', data: 1 } }, message]
      : undefined,
  ),
  'subscriptions.names': toServer((message) =>
    message.method === 'subscribe' && !isList(message.params)
      ? [{ ...message, params: { channel: 'any' } }]
      : undefined,
  ),
  'subscriptions.forbidden': withCode(-32003, -32602),
  'subscriptions.ended': toClient((message) => (message.method === '$/ended' ? [] : undefined)),
  'subscriptions.method': toClient((message) =>
    isPush(message) ? [{ ...message, params: { ...message.params, id: null } }] : undefined,
  ),
  'history.position': toClient((message) =>
    isPush(message) ? [{ ...message, params: { ...message.params, offset: 1_000 } }] : undefined,
  ),
  'history.recovered': toClient((message) =>
    // The newest publication comes twice.
    isPush(message) && message.params?.['data'] === 6 ? [message, message] : undefined,
  ),
  'history.lost': toClient((message) =>
    isSubscribed(message) ? [{ ...message, result: { ...message.result, recovered: true } }] : undefined,
  ),
  'history.malformed': toServer((message) => {
    const { since: _since, ...params } = message.params ?? {}
    return message.method === 'subscribe' ? [{ ...message, params }] : undefined
  }),
  'closing.code': closesWith(1000),
  'closing.reason': closesWith(4711, 'é'),
  'closing.answer': unresponsive,
  'closing.refusal': closesWith(1008),
  'closing.origin': closesWith(4401),
  'closing.path': { isPathTaken: () => true },
  'closing.unmasked': unresponsive,
  'closing.utf8': { ws: { skipUTF8Validation: true }, ...closesWith(1000) },
  'closing.size': closesWith(1000),
  'sessions.name': { select: () => 'conformance.token' },
  'sessions.welcome': { toClient: controls((frame) => ({ ...frame, key: frame['id'] })) },
  'sessions.before': { toClient: instead('pong', '${"is":"ack","received":0}', 'pong') },
  'sessions.first': closesWith(1000),
  'sessions.second': closesWith(1000),
  'sessions.malformed': closesWith(1000),
  'sessions.ack': increased('ack'),
  'sessions.resume': increased('welcome', 'sent'),
  'sessions.repeat': {
    toServer: controls((frame) => (frame['is'] === 'hello' && frame['key'] ? { ...frame, received: 0 } : undefined)),
  },
  'sessions.taken': increased('welcome', 'received', -1),
  'sessions.older': closesWith(1000),
  'sessions.turn': closesWith(1000),
  'sessions.key': { toServer: controls((frame) => (frame['key'] ? { is: 'ack', received: 0 } : undefined)) },
  'sessions.counters': {
    toServer: controls((frame) => (frame['key'] ? { ...frame, received: 0, acked: 0 } : undefined)),
  },
  'sessions.unsent': closesWith(1000),
  'sessions.bye': increased('bye'),
  // It does not know `end`.
  'sessions.end': { toServer: controls((frame) => (frame['end'] ? { ...frame, end: false } : undefined)) },
  'http.call': { http: (answer) => (answer.text.includes('"error"') ? { ...answer, status: 500 } : answer) },
  'http.batch': { http: ({ status, text }) => ({ status, text: text.replace(/^\[(.*?\}),.*$/, '[$1]') }) },
  'http.notification': withStatus(204, 200),
  'http.unreadable': withStatus(400, 200),
  'http.others': withStatus(415, 400),
  'http.size': withStatus(413, 400),
  'http.subscriptions': {
    http: (answer) => ({ ...answer, text: answer.text.replace('-32601', '-32003') }),
  },
}

/** The servers that break their rule by not answering. */
export const silent: ReadonlySet<string> = new Set([
  'connection.early',
  'heartbeat.pong',
  'heartbeat.frame',
  'heartbeat.pings',
  'heartbeat.silence',
  'requests.ids',
  'requests.concurrent',
  'requests.cancel',
  'requests.batch',
  'requests.ask',
  'streaming.cancelled',
  'streaming.credit',
  'streaming.answer',
  'subscriptions.ended',
  'closing.answer',
  'closing.unmasked',
])
