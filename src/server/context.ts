import type { StandardSchemaV1 } from '@standard-schema/spec'
import { json } from '../codec/json.js'
import { createServerEvents, type ServerEventEmitter } from './events.js'
import { resolveLimits, type Limits } from './limits.js'
import { createMetricsFeed, type MetricsFeed } from './operations/metricsFeed.js'
import { createServerLog, type ServerLog } from './operations/serverLog.js'
import type { SocketServerOptions } from './options.js'
import type { ServerCodec } from './types.js'
import { createWorkCount, type WorkCount } from './work.js'
import { createVerdictReport, type ReportVerdict } from './verdict.js'

/** What all parts of a server share: its options, its limits and its events. */
export interface ServerContext extends ServerEventEmitter {
  readonly options: SocketServerOptions
  readonly limits: Limits
  readonly work: WorkCount
  /** At least one. */
  readonly codecs: readonly ServerCodec[]
  readonly sendSchema: StandardSchemaV1 | undefined
  readonly reportVerdict: ReportVerdict
  readonly log: ServerLog
  /** The metrics, if the option is set. */
  readonly metrics: MetricsFeed | undefined
}

/** Creates the context of a server. */
export const createServerContext = (options: SocketServerOptions): ServerContext => {
  const log = createServerLog(options.logger)
  const metrics = createMetricsFeed(options.metrics, (problem) => log.problem(problem, false))
  const events = createServerEvents(options.onError, { log, onProblem: metrics?.onProblem })
  const limits = resolveLimits(options)
  return {
    ...events,
    options,
    limits,
    work: createWorkCount(limits),
    codecs: options.codec === undefined ? [json()] : ([] as ServerCodec[]).concat(options.codec),
    sendSchema: options.schema?.send,
    reportVerdict: createVerdictReport(events.report),
    log,
    metrics,
  }
}
