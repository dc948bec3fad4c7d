import { messageOf } from '../../internal/errors.js'
import type { Report } from '../problems.js'

/** Whether a bus reports this error itself before it rejects with it. */
const isReportedByBus = (error: unknown): boolean => {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return code === 'bus_dropped' || code === 'bus_failed'
}

/** Reports what a bus has thrown or rejected with as `bus_failed`, unless the bus has reported it. `failure` is what it could not do. */
export const reportBusFailure = (report: Report, failure: string, error: unknown): void => {
  if (isReportedByBus(error)) return
  report({ code: 'bus_failed', message: `The bus ${failure}: ${messageOf(error)}`, error })
}
