import { memo } from 'react'
import { toIsoTime } from '../../internal/clock.js'
import type { LogRow } from '../types.js'
import { CopyButton } from './CopyButton.js'
import { toBytes, toPrettyJson, toTime } from './format.js'
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

/** One row of the log, with its whole text when it is expanded. */
export const LogRowView = memo(function LogRowView({ row, isExpanded, isTabStop, onToggle, onFocus }: LogRowViewProps) {
  const { sign, name } = signs[row.kind]
  return (
    <>
      <div className="log-line">
        <time dateTime={toIsoTime(row.at)}>{toTime(row.at)}</time>
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
        {row.bytes !== null && <span className="log-size">{toBytes(row.bytes)}</span>}
      </div>
      {isExpanded && (
        <div className="log-detail">
          <CopyButton label="Copy row" text={() => JSON.stringify(row)} />
          <pre>
            <JsonText text={toPrettyJson(row.body === '' ? row.title : row.body)} />
          </pre>
        </div>
      )}
    </>
  )
})

const DeliveryMark = ({ row: { delivery, reason } }: { readonly row: LogRow }) =>
  delivery && (
    <span className={`mark mark-${delivery}`}>{reason === undefined ? delivery : `${delivery}: ${reason}`}</span>
  )
