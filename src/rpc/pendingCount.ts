import { after, FRAME_MS, type Cancel } from '../internal/clock.js'
import type { ConnectionContext } from '../middleware/feature.js'

/** The number of the app's requests that wait for a reply, in the store's entry. */
export interface PendingCount {
  readonly add: (change: number) => void
  /** Reports the number now, if it has changed since the last report. @default by the event `changed` */
  readonly flush: (report?: (values: { readonly pendingRequests: number }) => void) => void
}

/** Creates the count of one connection. It is reported at most once every 16 ms, and not at all when it is what was reported last. */
export const createPendingCount = ({ store }: ConnectionContext): PendingCount => {
  let count = 0
  let reported = 0
  let cancel: Cancel | undefined
  const flush: PendingCount['flush'] = (report = (payload) => store.emit({ type: 'changed', payload })) => {
    cancel?.()
    cancel = undefined
    if (count !== reported) report({ pendingRequests: (reported = count) })
  }
  return {
    flush,
    add: (change) => {
      count += change
      cancel ??= after(FRAME_MS, flush)
    },
  }
}
