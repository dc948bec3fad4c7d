import { selectSocketStatus } from '../../../../src/index.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import type { RoomFaultName, RoomStatus } from '../../room/messages.js'
import { roomSocket } from '../../room/socket.js'
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
      <p className="note">
        Try this: press “Hold messages”, send two messages, and press “Cut”. The buttons affect all open pages.
      </p>
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
      <ConnectNow />
    </Panel>
  )
}

/** Skips the delay before a retry. */
function ConnectNow() {
  const dispatch = useAppDispatch()
  const status = useAppSelector((state) => selectSocketStatus(state, roomSocket.name))
  if (status !== 'reconnecting' && status !== 'failed') return null
  return (
    <div className="actions">
      <button
        type="button"
        onClick={() => void dispatch(status === 'failed' ? roomSocket.connect() : roomSocket.reconnect())}
      >
        Connect now
      </button>
    </div>
  )
}
