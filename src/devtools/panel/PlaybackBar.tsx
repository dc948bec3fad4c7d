import { Choice } from './Choice.js'
import { toDay, toDuration, toSeconds } from './format.js'
import type { Playback, PlaybackControls } from './usePlayback.js'

const speeds = [
  { value: '1', label: '1×' },
  { value: '4', label: '4×' },
  { value: '16', label: '16×' },
] as const

interface PlaybackBarProps {
  readonly playback: Playback
  readonly controls: PlaybackControls
}

/** Moves through an imported recording. */
export const PlaybackBar = ({ playback, controls: { change, close } }: PlaybackBarProps) => {
  const { at, from, isPlaying, recording, speed, to } = playback
  // At the end, Play starts again.
  const play = () => change(isPlaying ? { isPlaying: false } : { isPlaying: true, at: at < to ? at : from })
  return (
    <div className="playback" role="group" aria-label="Replay">
      <span className="note">Recording of {toDay(recording.savedAt)}, without a socket</span>
      <button type="button" className="button-main" onClick={play}>
        {isPlaying ? 'Stop' : 'Play'}
      </button>
      <input
        type="range"
        aria-label="Moment of the recording"
        aria-valuetext={`${toSeconds(at)}, ${toDuration(at - from)} of ${toDuration(to - from)}`}
        min={from}
        max={to}
        value={at}
        onChange={(event) => change({ at: Number(event.target.value), isPlaying: false })}
      />
      <output className="count">{toSeconds(at)}</output>
      <Choice
        label="Speed"
        value={String(speed) as (typeof speeds)[number]['value']}
        options={speeds}
        onChange={(value) => change({ speed: Number(value) })}
      />
      <button type="button" onClick={close}>
        Back to live
      </button>
    </div>
  )
}
