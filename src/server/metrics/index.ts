// The public names of `reduplex/server/metrics`, listed one by one.
export type {
  CounterName,
  GaugeName,
  HistogramName,
  MetricDefinition,
  MetricLabels,
  ServerMetrics,
} from '../operations/metrics.js'
export { prometheusMetrics, type PrometheusMetricsOptions } from './prometheusMetrics.js'
