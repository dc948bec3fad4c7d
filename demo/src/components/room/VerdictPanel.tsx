import { selectSession, selectUnacknowledged, type SessionVerdict } from '../../../../src/session/index.js'
import { formatPlural } from '../../format.js'
import { useAppSelector } from '../../hooks.js'
import { selectIndeterminateCount } from '../../room/roomSlice.js'
import { roomSocket } from '../../room/socket.js'
import { Panel } from '../Panel.js'

const meanings: Readonly<Record<SessionVerdict, string>> = {
  none: 'There is no session before the first connection.',
  new: 'A session has begun. Nothing is missing.',
  resumed: 'The session goes on after a lost connection. Nothing is missing, and nothing came twice.',
  lost: 'The server does not know the session any more. What it did not acknowledge is in doubt.',
}

/** What became of the session at the last connect. */
export function VerdictPanel() {
  const session = useAppSelector((state) => selectSession(state, roomSocket.name))
  const unacknowledged = useAppSelector((state) => selectUnacknowledged(state, roomSocket.name).length)
  const inDoubt = useAppSelector(selectIndeterminateCount)
  return (
    <Panel title="Session" aside={<span className={`tag tag-session-${session}`}>{session}</span>}>
      <p role="status" aria-label="Verdict of the last connect">
        {meanings[session]}
      </p>
      <ul className="facts-list" aria-label="Messages of this page">
        <li>{formatPlural(unacknowledged, 'message')} sent and not acknowledged</li>
        <li>{formatPlural(inDoubt, 'message')} in doubt</li>
      </ul>
    </Panel>
  )
}
