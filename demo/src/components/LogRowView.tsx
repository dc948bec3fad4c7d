import { memo } from 'react'
import { formatBytes, formatTime, prettyJson } from '../format.js'
import type { LogRow } from '../log/logSlice.js'
import { describeReason } from '../describeSendResults.js'
import { JsonText } from './JsonText.js'

/** More characters than a line can show. */
const MAX_PREVIEW = 300

const signs = {
  sent: { sign: '↑', name: 'Sent' },
  received: { sign: '↓', name: 'Received' },
  event: { sign: '•', name: 'Event' },
}

interface LogRowViewProps {
  readonly row: LogRow
  readonly isExpanded: boolean
  readonly isTabStop: boolean
  readonly onToggle: (id: number) => void
  readonly onFocus: (id: number) => void
}

export const LogRowView = memo(function LogRowView({ row, isExpanded, isTabStop, onToggle, onFocus }: LogRowViewProps) {
  const { sign, name } = signs[row.kind]
  return (
    <>
      <div className="log-line">
        <time dateTime={new Date(row.at).toISOString()}>{formatTime(row.at)}</time>
        <span className="log-sign" role="img" aria-label={name} title={name}>
          {sign}
        </span>
        <button
          type="button"
          className="log-text"
          aria-expanded={isExpanded}
          tabIndex={isTabStop ? 0 : -1}
          onClick={() => onToggle(row.id)}
          onFocus={() => onFocus(row.id)}
        >
          {row.title !== '' && <b>{row.title}</b>} {row.body.slice(0, MAX_PREVIEW)}
        </button>
        <DeliveryMark row={row} />
        {row.bytes !== null && <span className="log-size">{formatBytes(row.bytes)}</span>}
      </div>
      {isExpanded && (
        <pre>
          <JsonText text={prettyJson(row.body)} />
        </pre>
      )}
    </>
  )
})

function DeliveryMark({ row: { delivery, reason } }: { readonly row: LogRow }) {
  if (delivery === undefined) return null
  return (
    <span className={`mark mark-${delivery}`} title={reason && describeReason(reason)}>
      {reason === undefined ? delivery : `${delivery}: ${reason}`}
    </span>
  )
}
