import type { ConnectionRegistry } from '../connection/registry.js'
import type { ServerEventEmitter } from '../events.js'
import type { MetricsFeed } from './metricsFeed.js'

/** What the gauges of a server read. */
export interface ServerGaugesConfig {
  readonly on: ServerEventEmitter['on']
  readonly registry: Pick<ConnectionRegistry, 'all' | 'size'>
  /** Returns the number of sockets, also of clients that have not been admitted. */
  readonly sockets: () => number
  /** Returns the connections of all nodes. */
  readonly count: () => number
  /** Whether the bus is connected; `undefined` without one. */
  readonly isBusConnected: () => boolean | undefined
  readonly isReady: () => boolean
  /** `undefined` on a server without sessions. */
  readonly sessions: { readonly suspended: () => number; readonly keptBytes: () => number } | undefined
}

/** The codes that this server closes with, beside those below 3000. All others a client may have chosen. */
const ownCodes: ReadonlySet<number> = new Set([4400, 4401, 4403, 4408, 4409, 4429])

/** Returns the label of a close code. Clients could send two thousand codes of their own, and each would be a time series. */
const toCodeLabel = (code: number): string => {
  if (code < 3000 || ownCodes.has(code)) return String(code)
  return code < 4000 ? '3xxx' : '4xxx'
}

const sumOf = (registry: ServerGaugesConfig['registry'], read: (one: CountedConnection) => number): number => {
  let sum = 0
  for (const connection of registry.all()) sum += read(connection)
  return sum
}

type CountedConnection = ReturnType<ConnectionRegistry['all']> extends Iterable<infer One> ? One : never

/** Feeds the metrics with what the events of a server say, and with its gauges. */
export const feedServerMetrics = (feed: MetricsFeed, config: ServerGaugesConfig): void => {
  const { on, registry, sockets, count, isBusConnected, isReady, sessions: kept } = config
  on('add', () => feed.count('connections_opened', {}))
  on('remove', (_connection, { code }) => feed.count('connections_closed', { code: toCodeLabel(code) }))
  // The app and this server choose these codes, no client does.
  on('refuse', ({ code }) => feed.count('connections_refused', { code: String(code) }))
  feed.addGauges({
    connections: registry.size,
    sockets,
    cluster_connections: count,
    subscriptions: () => sumOf(registry, ({ view }) => view.subscriptions.length),
    calls_running: feed.running,
    buffered_bytes: () => sumOf(registry, ({ view }) => view.bufferedAmount),
    ...(isBusConnected() !== undefined && { bus_connected: () => Number(isBusConnected()) }),
    ...(kept && { sessions_suspended: kept.suspended, session_kept_bytes: kept.keptBytes }),
    ready: () => Number(isReady()),
  })
}
