import { selectSocketStatus } from '../../../../src/index.js'
import { formatPlural } from '../../format.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { pageHash } from '../../route.js'
import { selectCounts, selectRole, type Role } from '../../tabs/tabsSlice.js'
import { tabName, tabsSocket } from '../../tabs/socket.js'
import { Panel } from '../Panel.js'

const meanings: Readonly<Record<Role, string>> = {
  none: 'This tab has no connection now.',
  holder: 'This tab holds the connection and passes messages on to the others.',
  follower: 'Another tab holds the connection. This one sends and receives through it.',
  alone: 'This browser cannot share sockets: the tab has a connection of its own.',
}

/** Which tab has the connection, and how many the server has. */
export function SharePanel() {
  const role = useAppSelector(selectRole)
  const counts = useAppSelector(selectCounts)
  return (
    <Panel title="Tabs" aside={<span className={`tag tag-tabs-${role}`}>{tabName}</span>}>
      <p role="status" aria-label="Role of this tab">
        {meanings[role]}
      </p>
      <ul className="facts-list" aria-label="Connections at the server">
        <li>{counts ? `${formatPlural(counts.connections, 'connection')} open` : 'not known'}</li>
        {counts && <li>{formatPlural(counts.opened, 'connection')} since the server started</li>}
        {counts?.holder && <li>{counts.holder} has opened the last one</li>}
      </ul>
      <p className="note">
        See who takes over:
        <a href={pageHash('tabs')} target="_blank" rel="noopener">
          open this page in another window
        </a>
        , then close the one that holds the connection.
      </p>
      <ConnectButton />
    </Panel>
  )
}

function ConnectButton() {
  const dispatch = useAppDispatch()
  const isClosed = useAppSelector((state) =>
    ['idle', 'closed', 'failed'].includes(selectSocketStatus(state, tabsSocket.name)),
  )
  return (
    <button
      type="button"
      onClick={() => void (isClosed ? dispatch(tabsSocket.connect()) : dispatch(tabsSocket.close()))}
    >
      {isClosed ? 'Connect this tab' : 'Disconnect this tab'}
    </button>
  )
}
