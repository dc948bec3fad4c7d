import type { RoomFaultName, RoomStatus } from '../../room/messages.js'
import { Panel } from '../Panel.js'

interface RoomFaultsPanelProps {
  readonly status: RoomStatus | undefined
  /** What the last fault did. */
  readonly result: string
  readonly onRun: (name: RoomFaultName) => void
}

/** Breaks the connection in five ways. */
export function RoomFaultsPanel({ status, result, onRun }: RoomFaultsPanelProps) {
  const fault = (name: RoomFaultName, label: string, hint: string, isOn = false) => (
    <button type="button" className={isOn ? 'fault is-on' : 'fault'} onClick={() => onRun(name)}>
      <span>{label}</span>
      <small>{hint}</small>
    </button>
  )
  const { isUpHeld = false, isDownHeld = false } = status ?? {}
  return (
    <Panel title="Break the connection">
      <p className="note">Try this: hold messages, send a few, cut. They affect the connections of all open pages.</p>
      <div className="faults">
        {isUpHeld
          ? fault('release-up', 'Release messages', 'held now', true)
          : fault('hold-up', 'Hold messages', 'nothing reaches the server')}
        {isDownHeld
          ? fault('release-down', 'Release answers', 'held now', true)
          : fault('hold-down', 'Hold answers', 'nothing reaches the page')}
        {fault('cut', 'Cut', 'what is held is lost')}
        {fault('restart', 'Restart the server', 'sessions end properly')}
        {fault('crash', 'Crash the server', 'sessions are lost')}
      </div>
      <output className="outcome" aria-label="Result of the fault">
        {result}
      </output>
    </Panel>
  )
}
