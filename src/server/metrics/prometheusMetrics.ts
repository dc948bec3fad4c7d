import { Counter, Gauge, Histogram, register as globalRegistry, type Registry } from 'prom-client'
import { codedError, show } from '../../internal/errors.js'
import {
  serverMetricDefinitions,
  type MetricDefinition,
  type MetricLabels,
  type ServerMetrics,
} from '../operations/metrics.js'

/** The options of {@link prometheusMetrics}. */
export interface PrometheusMetricsOptions {
  /** The registry that gets the metrics. @default the global registry of prom-client */
  readonly register?: Registry
  /** The beginning of each name. @default 'reduplex_' */
  readonly prefix?: string
  /** Labels of every value, such as the name of a server where a process has several. @default {} */
  readonly labels?: MetricLabels
  /** The upper bounds of the histogram of calls, in seconds. @default those of prom-client, 0.005 to 10 */
  readonly buckets?: readonly number[]
}

interface GaugeReader {
  readonly read: () => number
  readonly labels: MetricLabels
}

/** The metrics of a registry with one prefix. All servers that report there share them, because a name can be registered once. */
interface SharedMetrics {
  readonly register: Registry
  readonly prefix: string
  readonly labelNames: readonly string[]
  readonly counters: ReadonlyMap<string, Counter>
  readonly histograms: ReadonlyMap<string, Histogram>
  /** The readers of each gauge that is registered. */
  readonly gauges: Map<string, Set<GaugeReader>>
}

const sharedMetrics = new WeakMap<Registry, SharedMetrics[]>()

const definitionOf = (name: string): MetricDefinition =>
  serverMetricDefinitions[name as keyof typeof serverMetricDefinitions]

const createShared = (
  register: Registry,
  prefix: string,
  labelNames: readonly string[],
  buckets: readonly number[] | undefined,
): SharedMetrics => {
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Histogram>()
  for (const [name, { kind, help, labels }] of Object.entries<MetricDefinition>(serverMetricDefinitions)) {
    const config = { help, labelNames: [...labels, ...labelNames], registers: [register] }
    if (kind === 'counter') counters.set(name, new Counter({ ...config, name: `${prefix}${name}_total` }))
    if (kind === 'histogram') {
      const bounds = buckets && { buckets: [...buckets] }
      histograms.set(name, new Histogram({ ...config, ...bounds, name: prefix + name }))
    }
  }
  return { register, prefix, labelNames, counters, histograms, gauges: new Map() }
}

const getShared = (
  register: Registry,
  prefix: string,
  labels: MetricLabels,
  buckets: readonly number[] | undefined,
): SharedMetrics => {
  const labelNames = Object.keys(labels).sort()
  const all = sharedMetrics.get(register) ?? []
  const known = all.find((one) => one.prefix === prefix)
  // Not if the registry was cleared since.
  if (known && register.getSingleMetric(`${prefix}connections_opened_total`)) {
    if (known.labelNames.join() === labelNames.join()) return known
    const sentence = `expected the labels ${show(known.labelNames.join())}, as for the other server in this registry, got ${show(labelNames.join())}`
    throw codedError('invalid_option', `prometheusMetrics: ${sentence}. Use the same names, or another "prefix".`)
  }
  const created = createShared(register, prefix, labelNames, buckets)
  sharedMetrics.set(register, [...all.filter((one) => one !== known), created])
  return created
}

/** Registers a gauge whose value is the sum of what its readers return. */
const registerGauge = ({ register, prefix, labelNames }: SharedMetrics, name: string, readers: Set<GaugeReader>) =>
  new Gauge({
    name: prefix + name,
    help: definitionOf(name).help,
    labelNames: [...labelNames],
    registers: [register],
    collect() {
      this.reset()
      for (const { read, labels } of readers) this.inc(labels, read())
    },
  })

/** Adds a reader to a gauge. A gauge without readers is not registered: 0 would be a value. */
const addReader = (shared: SharedMetrics, name: string, reader: GaugeReader): (() => void) => {
  const readers = shared.gauges.get(name) ?? new Set()
  if (readers.size === 0) registerGauge(shared, name, readers)
  shared.gauges.set(name, readers.add(reader))
  return () => {
    if (!readers.delete(reader) || readers.size > 0) return
    shared.gauges.delete(name)
    shared.register.removeSingleMetric(shared.prefix + name)
  }
}

/**
 * Creates metrics for the option `metrics` of a server, over the package `prom-client`. Counters end in `_total`. Several servers may report to one
 * registry: their values are added up, unless `labels` tell them apart. See docs/operating.md.
 * @throws `invalid_option` for labels of other names than those of the other servers in the registry
 * @example createSocketServer({ port, metrics: prometheusMetrics() })
 */
export const prometheusMetrics = (options: PrometheusMetricsOptions = {}): ServerMetrics => {
  const { register = globalRegistry, prefix = 'reduplex_', labels: own = {}, buckets } = options
  const shared = getShared(register, prefix, own, buckets)
  // Not spread for nothing: this runs for each message.
  const withOwn = (labels: MetricLabels): MetricLabels =>
    shared.labelNames.length > 0 ? { ...labels, ...own } : labels
  return {
    count: (name, amount, labels) => shared.counters.get(name)?.inc(withOwn(labels), amount),
    observe: (name, value, labels) => shared.histograms.get(name)?.observe(withOwn(labels), value),
    gauge: (name, read) => addReader(shared, name, { read, labels: own }),
  }
}
