import { Buffer } from 'node:buffer'
import { performance } from 'node:perf_hooks'
import { messageOf } from '../../internal/errors.js'
import { REQUEST_CANCELLED, type RpcErrorObject, type RpcReply } from '../../internal/jsonRpc.js'
import type { Report } from '../problems.js'
import type { CounterName, GaugeName, MetricLabels, ServerMetrics } from './metrics.js'

/** What the parts of a server tell its metrics. Nothing here throws. */
export interface MetricsFeed {
  /** A client has sent a message. */
  readonly onReceived: (data: unknown) => void
  /** A message was given to a socket. */
  readonly onSent: (data: unknown) => void
  /** A message was dropped. */
  readonly onDropped: (reason: string) => void
  /** A problem was reported. */
  readonly onProblem: (code: string) => void
  readonly count: (name: CounterName, labels: MetricLabels) => void
  /** Measures a call. `method` is undefined for an unknown method: clients choose that name, so it must not become a label. */
  readonly measureCall: (call: MeasuredCall, run: () => Promise<RpcReply>) => Promise<RpcReply>
  /** Adds gauges by name. */
  readonly addGauges: (gauges: Partial<Record<GaugeName, () => number>>) => void
  /** The number of calls that are running. */
  readonly running: () => number
  /** Removes the gauges. */
  readonly end: () => void
}

/** A call as the metrics see it. */
export interface MeasuredCall {
  readonly method: string | undefined
  readonly transport: 'socket' | 'http'
}

const noLabels: MetricLabels = {}

/** The problems that mean that one message was dropped. */
const dropping: ReadonlySet<string> = new Set([
  'encode_failed',
  'invalid_frame',
  'invalid_message',
  'notification_refused',
  'unsupported_frame',
])

const sizeOf = (data: unknown): number => {
  if (typeof data === 'string') return Buffer.byteLength(data)
  const { byteLength, size } = data as { byteLength?: number; size?: number }
  return byteLength ?? size ?? 0
}

const outcomeOf = ({ error }: RpcReply): string => {
  if (error === undefined) return 'ok'
  const { code } = (error ?? {}) as Partial<RpcErrorObject>
  return code === REQUEST_CANCELLED ? 'cancelled' : 'error'
}

interface FeedState {
  readonly metrics: ServerMetrics
  readonly report: Report
  /** The functions whose errors were reported. */
  readonly failed: Set<keyof ServerMetrics>
  readonly removals: (() => void)[]
  running: number
}

/** Calls a function of the metrics. Its first error is reported: it may be called thousands of times in a second. */
const callSafely = <Result>(
  { failed, report }: FeedState,
  name: keyof ServerMetrics,
  run: () => Result,
): Result | undefined => {
  try {
    return run()
  } catch (error) {
    if (failed.has(name)) return undefined
    failed.add(name)
    const message = `"metrics.${name}" threw: ${messageOf(error)}. Further errors of it are not reported.`
    report({ code: 'listener_failed', message, error })
    return undefined
  }
}

const count = (state: FeedState, name: CounterName, amount: number, labels: MetricLabels): void =>
  callSafely(state, 'count', () => state.metrics.count(name, amount, labels))

const countMessage = (
  state: FeedState,
  messages: 'messages_received' | 'messages_sent',
  bytes: 'received_bytes' | 'sent_bytes',
  data: unknown,
): void => {
  count(state, messages, 1, noLabels)
  count(state, bytes, sizeOf(data), noLabels)
}

const measureCall = async (
  state: FeedState,
  { method = '(unknown)', transport }: MeasuredCall,
  run: () => Promise<RpcReply>,
): Promise<RpcReply> => {
  const startedAt = performance.now()
  state.running++
  let outcome = 'error'
  try {
    const reply = await run()
    outcome = outcomeOf(reply)
    return reply
  } finally {
    state.running--
    const seconds = (performance.now() - startedAt) / 1000
    callSafely(state, 'observe', () =>
      state.metrics.observe('call_duration_seconds', seconds, { method, transport, outcome }),
    )
  }
}

/** Creates the feed of the option `metrics`; `undefined` without it. `report` gets the errors of its functions. */
export const createMetricsFeed = (metrics: ServerMetrics | undefined, report: Report): MetricsFeed | undefined => {
  if (!metrics) return undefined
  const state: FeedState = { metrics, report, failed: new Set(), removals: [], running: 0 }
  return {
    onReceived: (data) => countMessage(state, 'messages_received', 'received_bytes', data),
    onSent: (data) => countMessage(state, 'messages_sent', 'sent_bytes', data),
    onDropped: (reason) => count(state, 'messages_dropped', 1, { reason }),
    onProblem: (code) => {
      count(state, 'problems', 1, { code })
      if (dropping.has(code)) count(state, 'messages_dropped', 1, { reason: code })
    },
    count: (name, labels) => count(state, name, 1, labels),
    measureCall: async (call, run) => await measureCall(state, call, run),
    addGauges: (gauges) => {
      for (const [name, read] of Object.entries(gauges)) {
        const remove = callSafely(state, 'gauge', () => metrics.gauge(name as GaugeName, read))
        if (typeof remove === 'function') state.removals.push(remove)
      }
    },
    running: () => state.running,
    end: () => {
      for (const remove of state.removals.splice(0)) callSafely(state, 'gauge', remove)
    },
  }
}
