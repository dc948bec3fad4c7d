import { useDeferredValue, useMemo, useState } from 'react'
import { formatCount, formatPlural } from '../format.js'
import { useAppSelector } from '../hooks.js'
import { filterRows, NO_FILTER } from '../log/filterRows.js'
import { selectRows } from '../log/logSlice.js'
import { LogList } from './LogList.js'
import { LogToolbar } from './LogToolbar.js'
import { Panel } from './Panel.js'

export function LogPanel() {
  const rows = useAppSelector(selectRows)
  const [filter, setFilter] = useState(NO_FILTER)
  // Deferred: searching ten thousand rows must not delay typing.
  const appliedFilter = useDeferredValue(filter)
  const shown = useMemo(() => filterRows(rows, appliedFilter), [rows, appliedFilter])
  const all = formatPlural(rows.length, 'row')
  return (
    <Panel
      title="Log"
      className="log"
      aside={<span className="count">{shown === rows ? all : `${formatCount(shown.length)} of ${all}`}</span>}
    >
      <LogToolbar filter={filter} onFilter={setFilter} />
      {shown.length === 0 ? (
        <p className="log-empty">{rows.length === 0 ? 'No events yet.' : 'No row matches the filter.'}</p>
      ) : (
        <LogList rows={shown} />
      )}
    </Panel>
  )
}
