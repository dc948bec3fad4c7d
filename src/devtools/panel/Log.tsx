import { useDeferredValue, useMemo, useState } from 'react'
import type { ConnectionRecording } from '../types.js'
import { filterRows, NO_FILTER } from './filterRows.js'
import { toCount, toPlural } from './format.js'
import { LogList } from './LogList.js'
import { LogToolbar } from './LogToolbar.js'

interface LogProps {
  readonly recording: ConnectionRecording
  /** Discards the rows; `undefined` for a recording that is replayed. */
  readonly onClear: (() => void) | undefined
}

/** The rows of one connection, the newest at the bottom. */
export const Log = ({ recording, onClear }: LogProps) => {
  const [filter, setFilter] = useState(NO_FILTER)
  const [paused, setPaused] = useState<ConnectionRecording>()
  const { rows, total } = paused ?? recording
  // Deferred: searching ten thousand rows must not delay typing.
  const appliedFilter = useDeferredValue(filter)
  const shown = useMemo(() => filterRows(rows, appliedFilter), [rows, appliedFilter])
  const all = toPlural(rows.length, 'row')
  const clear = () => {
    setPaused((before) => before && { ...before, rows: [], total: recording.total })
    onClear?.()
  }
  return (
    <section className="log" aria-label="Log">
      <LogToolbar
        filter={filter}
        onFilter={setFilter}
        isPaused={paused !== undefined}
        missed={recording.total - total}
        onPause={() => setPaused(paused ? undefined : recording)}
        onClear={onClear && clear}
      />
      {shown.length === 0 ? (
        <p className="empty">{rows.length === 0 ? 'No events yet.' : 'No row matches the filter.'}</p>
      ) : (
        <LogList rows={shown} />
      )}
      <p className="count">{shown === rows ? all : `${toCount(shown.length)} of ${all}`}</p>
    </section>
  )
}
