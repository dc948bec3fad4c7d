import { useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { now } from '../../internal/clock.js'
import { addStyles } from '../addStyles.js'
import type { SocketRecorder } from '../createSocketRecorder.js'
import { recordingAt } from '../recordingAt.js'
import { Header, type Range } from './Header.js'
import { PanelBoundary } from './PanelBoundary.js'
import { panelStyles } from './panelStyles.js'
import { PlaybackBar } from './PlaybackBar.js'
import { useInterval } from './useInterval.js'
import { usePlayback, type Playback } from './usePlayback.js'
import { useSize } from './useSize.js'
import { Views } from './Views.js'

/** What the panel takes. */
export interface PanelProps {
  readonly recorder: SocketRecorder
  readonly onClose: (() => void) | undefined
}

/** How often the timeline and the charts move, in milliseconds. */
const TICK_MS = 500

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

/** In pixels, as the styles make them. */
const CHART = { width: 240, gap: 14, height: 118, count: 4, inset: 24 }

/** What a panel needs besides its charts: the header, the timeline, the tools, and a log of six rows. */
const MIN_HEIGHT = 440

/** Whether the charts leave enough room for the log. */
const hasRoomForCharts = (width: number, height: number): boolean => {
  const columns = Math.max(
    1,
    Math.min(CHART.count, Math.floor((width - CHART.inset + CHART.gap) / (CHART.width + CHART.gap))),
  )
  return columns > 1 && height - Math.ceil(CHART.count / columns) * CHART.height >= MIN_HEIGHT
}

const PanelContent = ({ recorder, onClose }: PanelProps) => {
  const controls = usePlayback()
  const { playback, problem } = controls
  const [wanted, setWanted] = useState<string>()
  const [range, setRange] = useState<Range>('1')
  const frame = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => addStyles(frame.current!.getRootNode() as ShadowRoot, panelStyles), [])
  const isCompact = !hasRoomForCharts(...useSize(frame))
  const time = useNow()
  const { names, recording } = useConnection(recorder, playback, wanted)
  const save = () => playback?.recording ?? recorder.save()
  const clear = playback ? undefined : () => recorder.clear(recording?.name)
  return (
    <div ref={frame} className="panel" role="region" aria-label="Socket devtools">
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
        <Views {...{ recording, range, isCompact }} to={playback?.at ?? time} onClear={clear} />
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
