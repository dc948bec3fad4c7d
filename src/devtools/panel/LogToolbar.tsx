import type { RowFilter } from './filterRows.js'
import { Choice } from './Choice.js'
import { toCount } from './format.js'

const kinds = [
  { value: 'all', label: 'All' },
  { value: 'received', label: 'Received' },
  { value: 'sent', label: 'Sent' },
  { value: 'event', label: 'Events' },
  { value: 'problem', label: 'Problems' },
] as const

interface LogToolbarProps {
  readonly filter: RowFilter
  readonly onFilter: (filter: RowFilter) => void
  readonly isPaused: boolean
  /** How many rows were recorded since the log was paused. */
  readonly missed: number
  readonly onPause: () => void
  readonly onClear: (() => void) | undefined
}

/** The filter and the buttons of the log. */
export const LogToolbar = ({ filter, onFilter, isPaused, missed, onPause, onClear }: LogToolbarProps) => (
  <div className="log-tools" role="toolbar" aria-label="Log tools">
    <input
      type="search"
      aria-label="Filter the log by text"
      placeholder="Filter"
      value={filter.text}
      onChange={(event) => onFilter({ ...filter, text: event.target.value })}
    />
    <Choice label="Show" value={filter.kind} options={kinds} onChange={(kind) => onFilter({ ...filter, kind })} />
    <span className="log-buttons">
      {isPaused && <span className="missed">{toCount(missed)} new</span>}
      <button type="button" className={isPaused ? 'is-on' : ''} onClick={onPause}>
        {isPaused ? 'Resume' : 'Pause'}
      </button>
      {onClear && (
        <button type="button" onClick={onClear}>
          Clear
        </button>
      )}
    </span>
  </div>
)
