import { useMemo, useState, useSyncExternalStore } from 'react'
import { now } from '../../internal/clock.js'
import type { SocketRecorder } from '../createSocketRecorder.js'
import { recordingAt } from '../recordingAt.js'
import type { ConnectionRecording } from '../types.js'
import { Charts } from './Charts.js'
import { Choice } from './Choice.js'
import { toColumns } from './columns.js'
import { Header, type Range } from './Header.js'
import { Log } from './Log.js'
import { PanelBoundary } from './PanelBoundary.js'
import { PlaybackBar } from './PlaybackBar.js'
import { StateView } from './StateView.js'
import { Timeline } from './Timeline.js'
import { useInterval } from './useInterval.js'
import { usePlayback, type Playback } from './usePlayback.js'

/** What the panel takes. */
export interface PanelProps {
  readonly recorder: SocketRecorder
  readonly onClose: (() => void) | undefined
}

const MINUTE = 60_000

/** How often the timeline and the charts move, in milliseconds. */
const TICK_MS = 500

const views = [
  { value: 'log', label: 'Log' },
  { value: 'state', label: 'State' },
] as const

/** The time, updated every {@link TICK_MS}. */
const useNow = (): number => {
  const [time, setTime] = useState(now)
  useInterval(TICK_MS, true, () => setTime(now()))
  return time
}

/** The names of the connections and the recording of one of them: the live one, or what is played. */
const useConnection = (recorder: SocketRecorder, playback: Playback | undefined, wanted: string | undefined) => {
  const version = useSyncExternalStore(recorder.subscribe, recorder.version, recorder.version)
  return useMemo(() => {
    const played = playback?.recording.connections
    const names = played ? played.map(({ name }) => name) : recorder.names()
    const name = names.find((one) => one === wanted) ?? names[0]
    const found = played ? played.find((one) => one.name === name) : recorder.read(name ?? '')
    return { names, recording: found && playback ? recordingAt(found, playback.at) : found }
    // The recorder's data changes with its version.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [recorder, version, playback, wanted])
}

interface OverviewProps {
  readonly recording: ConnectionRecording
  readonly range: Range
  /** The newest moment that is shown. */
  readonly to: number
}

/** The timeline and the charts. They change twice a second, not with each message. */
const Overview = ({ recording, range, to }: OverviewProps) => {
  const from = to - Number(range) * MINUTE
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the recording is read when the time changes
  const shown = useMemo(() => ({ recording, columns: toColumns(recording, from, to) }), [from, to, recording.name])
  return (
    <>
      <Timeline {...shown} from={from} to={to} />
      <Charts columns={shown.columns} from={from} to={to} />
    </>
  )
}

const PanelContent = ({ recorder, onClose }: PanelProps) => {
  const controls = usePlayback()
  const { playback, problem } = controls
  const [wanted, setWanted] = useState<string>()
  const [range, setRange] = useState<Range>('1')
  const [view, setView] = useState<(typeof views)[number]['value']>('log')
  const time = useNow()
  const { names, recording } = useConnection(recorder, playback, wanted)
  const save = () => playback?.recording ?? recorder.save()
  const clear = playback ? undefined : () => recorder.clear(recording?.name)
  return (
    <div className="panel" role="region" aria-label="Socket devtools">
      <Header
        {...{ names, recording, range, controls, onClose }}
        onSelect={setWanted}
        onRange={setRange}
        onSave={save}
      />
      <p role="alert" className="problem">
        {problem}
      </p>
      {playback && <PlaybackBar playback={playback} controls={controls} />}
      {recording ? (
        <>
          <Overview recording={recording} range={range} to={playback?.at ?? time} />
          <Choice label="View" value={view} options={views} onChange={setView} />
          {view === 'log' ? (
            <Log key={`${recording.name} ${playback ? 'replay' : 'live'}`} recording={recording} onClear={clear} />
          ) : (
            <StateView recording={recording} />
          )}
        </>
      ) : (
        <p className="empty">No connection of this store has done anything yet.</p>
      )}
    </div>
  )
}

/** Everything that the devtools show. */
export const Panel = (props: PanelProps) => (
  <PanelBoundary onClose={props.onClose}>
    <PanelContent {...props} />
  </PanelBoundary>
)
