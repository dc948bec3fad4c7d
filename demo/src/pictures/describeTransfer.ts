import { describeReason } from '../describeSendResults.js'
import { formatBytes } from '../format.js'
import { MAX_FILE_BYTES, MAX_QUEUED_BYTES } from './limits.js'
import type { Stage, Transfer } from './picturesSlice.js'

const reasons: Readonly<Record<string, string>> = {
  over_limit: `larger than ${formatBytes(MAX_FILE_BYTES)}, the limit of the server and of this page`,
  too_large: `larger than ${formatBytes(MAX_QUEUED_BYTES)}, the limit of the queue; connect first`,
}

const stages: Readonly<Record<Stage, (transfer: Transfer) => string>> = {
  queued: () => 'Queued: sent when the connection is open.',
  sending: ({ left }) => (left > 0 ? 'Sending.' : 'Sent: waiting for the echo.'),
  echoed: () => 'Echo received.',
  lost: () => 'Lost: the connection closed before the echo arrived.',
  dropped: ({ reason = '' }) => `Dropped (${reason}): ${reasons[reason] ?? describeReason(reason)}.`,
}

export const describeTransfer = (transfer: Transfer): string => stages[transfer.stage](transfer)
