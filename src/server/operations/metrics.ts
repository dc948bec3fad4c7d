/** The labels of a value. Their number is bounded: no label contains a text that a client chose. */
export type MetricLabels = Readonly<Record<string, string>>

/** What a metric is: its kind, a sentence that describes it, and the names of its labels. */
export interface MetricDefinition {
  /** A counter only grows, a gauge is read, a histogram collects measurements. */
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** One sentence, for the help text of a monitoring system. */
  readonly help: string
  /** The labels that each value has. */
  readonly labels: readonly string[]
}

const counter = <const Labels extends readonly string[]>(help: string, ...labels: Labels) =>
  ({ kind: 'counter', help, labels }) as const
const gauge = (help: string) => ({ kind: 'gauge', help, labels: [] }) as const

/** The metrics of a server, by name. */
export const serverMetricDefinitions = {
  connections_opened: counter('Clients that were admitted.'),
  connections_closed: counter('Connections that ended, by close code.', 'code'),
  connections_refused: counter('Clients that were refused, by close code.', 'code'),
  messages_received: counter('Messages that clients sent.'),
  received_bytes: counter('Bytes of the messages that clients sent.'),
  messages_sent: counter('Messages that were given to the sockets of clients.'),
  sent_bytes: counter('Bytes of the messages that were given to the sockets of clients, before compression.'),
  messages_dropped: counter('Messages that were dropped, by reason.', 'reason'),
  problems: counter('Problems, by the code of the error event.', 'code'),
  call_duration_seconds: {
    kind: 'histogram',
    help: 'Duration of calls, by method, transport ("socket" or "http") and outcome ("ok", "error" or "cancelled").',
    labels: ['method', 'transport', 'outcome'],
  },
  connections: gauge('Open connections of this node.'),
  sockets: gauge('Open sockets of this node, also those of clients that have not been admitted.'),
  cluster_connections: gauge('Open connections of all nodes, as they last reported them.'),
  subscriptions: gauge('Subscriptions of the clients of this node.'),
  calls_running: gauge('Calls that are running.'),
  buffered_bytes: gauge('Bytes that wait for clients to read them.'),
  sessions_suspended: gauge('Sessions that wait for their clients. Only with the option "session".'),
  session_kept_bytes: gauge(
    'Bytes that are kept for clients that have not acknowledged them. Only with the option "session".',
  ),
  bus_connected: gauge('Whether the bus is connected: 1 or 0. Only with the option "bus".'),
  ready: gauge('Whether the server is ready for connections: 1 or 0.'),
} as const satisfies Readonly<Record<string, MetricDefinition>>

type NameOf<Kind extends MetricDefinition['kind']> = {
  [Name in keyof typeof serverMetricDefinitions]: (typeof serverMetricDefinitions)[Name]['kind'] extends Kind
    ? Name
    : never
}[keyof typeof serverMetricDefinitions]

/** The name of a counter. */
export type CounterName = NameOf<'counter'>
/** The name of a gauge. */
export type GaugeName = NameOf<'gauge'>
/** The name of a histogram. */
export type HistogramName = NameOf<'histogram'>

/**
 * Where a server reports its numbers: `prometheusMetrics()` of `reduplex/server/metrics`, or an object of the app. What its functions throw is reported
 * as `listener_failed`, once for each function.
 */
export interface ServerMetrics {
  /** Adds `amount` to a counter. It is called for each message, so it should return fast. */
  readonly count: (name: CounterName, amount: number, labels: MetricLabels) => void
  /** Adds a measurement to a histogram. */
  readonly observe: (name: HistogramName, value: number, labels: MetricLabels) => void
  /** Adds a gauge. `read` returns its value at that moment. Returns a function that removes it, which is called when the server has closed. */
  readonly gauge: (name: GaugeName, read: () => number) => () => void
}
