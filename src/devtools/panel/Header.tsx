import { useRef, type ChangeEvent, type MouseEvent } from 'react'
import { toIsoTime } from '../../internal/clock.js'
import { createObjectUrl, revokeObjectUrl } from '../../internal/environment.js'
import type { ConnectionRecording, SocketRecording } from '../types.js'
import { Choice } from './Choice.js'
import type { PlaybackControls } from './usePlayback.js'

/** The lengths of the time that is shown, in minutes. */
const ranges = [
  { value: '1', label: '1 min' },
  { value: '5', label: '5 min' },
  { value: '10', label: '10 min' },
] as const

/** One of them. */
export type Range = (typeof ranges)[number]['value']

interface HeaderProps {
  readonly names: readonly string[]
  readonly recording: ConnectionRecording | undefined
  readonly onSelect: (name: string) => void
  readonly range: Range
  readonly onRange: (range: Range) => void
  readonly onSave: () => SocketRecording
  readonly controls: PlaybackControls
  /** `undefined` when the devtools cannot be closed. */
  readonly onClose: (() => void) | undefined
}

/** Saves a recording as a file of the browser. */
const download = ({ currentTarget }: MouseEvent<HTMLElement>, recording: SocketRecording): void => {
  const url = createObjectUrl(new Blob([JSON.stringify(recording)], { type: 'application/json' }), 'application/json')
  if (url === undefined) return
  const link = currentTarget.ownerDocument.createElement('a')
  link.href = url
  link.download = `reduplex-${toIsoTime(recording.savedAt).replaceAll(/[:.]/g, '-')}.json`
  link.click()
  revokeObjectUrl(url)
}

const Files = ({ onSave, controls }: Pick<HeaderProps, 'onSave' | 'controls'>) => {
  const input = useRef<HTMLInputElement>(null)
  const importFile = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? []
    if (file) controls.open(file)
    // The same file may be chosen again.
    target.value = ''
  }
  return (
    <>
      <button type="button" onClick={(event) => download(event, onSave())}>
        Export
      </button>
      <button type="button" onClick={() => input.current?.click()}>
        Import
      </button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label="Recording"
        onChange={importFile}
      />
    </>
  )
}

/** The connection that is shown, the range of time, and the buttons for recordings. */
export const Header = (props: HeaderProps) => {
  const { names, recording, onSelect, range, onRange, onClose } = props
  const status = recording?.phases.at(-1)?.phase ?? 'idle'
  return (
    <header className="head">
      <label className="connection">
        <span className="visually-hidden">Connection</span>
        <select value={recording?.name ?? ''} onChange={(event) => onSelect(event.target.value)}>
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <span className={`status phase-${status}`}>{status}</span>
      <span className="head-buttons">
        <Choice label="Range of time" value={range} options={ranges} onChange={onRange} />
        <Files {...props} />
      </span>
      {onClose && (
        <button type="button" className="close" onClick={onClose}>
          Close
        </button>
      )}
    </header>
  )
}
