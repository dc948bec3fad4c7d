import { formatCount } from '../format.js'
import { useAppDispatch, useAppSelector } from '../hooks.js'
import type { Filter } from '../log/filterRows.js'
import { cleared, paused, resumed, selectIsPaused, selectMissedCount } from '../log/logSlice.js'
import { Choice } from './Choice.js'

const kinds = [
  { value: 'all', label: 'All' },
  { value: 'received', label: 'Received' },
  { value: 'sent', label: 'Sent' },
  { value: 'event', label: 'Events' },
] as const

interface LogToolbarProps {
  readonly filter: Filter
  readonly onFilter: (filter: Filter) => void
}

export function LogToolbar({ filter, onFilter }: LogToolbarProps) {
  const dispatch = useAppDispatch()
  const isPaused = useAppSelector(selectIsPaused)
  const missed = useAppSelector(selectMissedCount)
  return (
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
        {isPaused && <span className="missed">{formatCount(missed)} new</span>}
        <button
          type="button"
          className={isPaused ? 'is-on' : ''}
          onClick={() => dispatch(isPaused ? resumed() : paused())}
        >
          {isPaused ? 'Resume' : 'Pause'}
        </button>
        <button type="button" onClick={() => dispatch(cleared())}>
          Clear
        </button>
      </span>
    </div>
  )
}
