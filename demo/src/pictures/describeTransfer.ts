import { formatBytes } from '../format.js'
import { describeReason } from '../sendResults.js'
import { MAX_FILE_BYTES, MAX_QUEUED_BYTES } from './limits.js'
import type { Stage, Transfer } from './picturesSlice.js'

const reasons: Readonly<Record<string, string>> = {
  over_limit: `larger than ${formatBytes(MAX_FILE_BYTES)}, which neither the server nor this page would take`,
  too_large: `larger than ${formatBytes(MAX_QUEUED_BYTES)}, which is all that may wait; connect first`,
}

const stages: Readonly<Record<Stage, (transfer: Transfer) => string>> = {
  queued: () => 'Queued: goes out when the connection takes it.',
  sending: ({ left }) => (left > 0 ? 'On its way.' : 'Sent: its echo is to come.'),
  back: () => 'Came back.',
  lost: () => 'Lost: the connection closed before its echo came.',
  dropped: ({ reason = '' }) => `Dropped (${reason}): ${reasons[reason] ?? describeReason(reason)}.`,
}

export const describeTransfer = (transfer: Transfer): string => stages[transfer.stage](transfer)
