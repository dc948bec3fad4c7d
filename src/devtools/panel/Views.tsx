import { useMemo, useState } from 'react'
import type { ConnectionRecording } from '../types.js'
import { Charts } from './Charts.js'
import { Choice } from './Choice.js'
import { toColumns } from './columns.js'
import type { Range } from './Header.js'
import { Log } from './Log.js'
import { StateView } from './StateView.js'
import { Timeline } from './Timeline.js'

interface ViewsProps {
  readonly recording: ConnectionRecording
  readonly range: Range
  /** The newest moment that is shown. */
  readonly to: number
  /** Whether the charts are a view of their own: there is no room for them beside a log. */
  readonly isCompact: boolean
  /** Discards the rows; `undefined` for a recording that is replayed. */
  readonly onClear: (() => void) | undefined
}

const MINUTE = 60_000

const views = [
  { value: 'log', label: 'Log' },
  { value: 'state', label: 'State' },
  { value: 'charts', label: 'Charts' },
] as const

/** What the views besides the charts are. */
const withoutCharts = views.slice(0, 2)

/** The timeline, the charts, and the log or the state of one connection. */
export const Views = ({ recording, range, to, isCompact, onClear }: ViewsProps) => {
  const [wanted, setWanted] = useState<(typeof views)[number]['value']>('log')
  const view = wanted === 'charts' && !isCompact ? 'log' : wanted
  const from = to - Number(range) * MINUTE
  // The timeline and the charts change twice a second, not with each message.
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the recording is read when the time changes
  const shown = useMemo(() => ({ recording, columns: toColumns(recording, from, to) }), [from, to, recording.name])
  const charts = <Charts columns={shown.columns} from={from} to={to} />
  return (
    <>
      <Timeline {...shown} from={from} to={to} />
      {!isCompact && charts}
      <Choice label="View" value={view} options={isCompact ? views : withoutCharts} onChange={setWanted} />
      {view === 'charts' && charts}
      {view === 'state' && <StateView recording={recording} />}
      {view === 'log' && (
        <Log key={`${recording.name} ${onClear ? 'live' : 'replay'}`} recording={recording} onClear={onClear} />
      )}
    </>
  )
}
