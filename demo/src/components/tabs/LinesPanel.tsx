import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { MAX_TEXT } from '../../tabs/messages.js'
import { say, tabName, tabsSocket } from '../../tabs/socket.js'
import { selectLines } from '../../tabs/tabsSlice.js'
import { MessageForm } from '../MessageForm.js'
import { Panel } from '../Panel.js'
import { useConnectWhenShown } from '../useConnectWhenShown.js'

/** The messages of all tabs. */
export function LinesPanel() {
  useConnectWhenShown(tabsSocket)
  const dispatch = useAppDispatch()
  const lines = useAppSelector(selectLines)
  return (
    <Panel title="Messages" className="room">
      <p className="note">The server sends each message once, over the one connection. Every tab shows it.</p>
      <MessageForm maxLength={MAX_TEXT} onSend={(text) => dispatch(tabsSocket.send(say({ from: tabName, text })))} />
      {lines.length === 0 ? (
        <p className="empty">No messages since this tab was opened. Send the first one.</p>
      ) : (
        <ol className="entries" aria-label="Messages, the newest first">
          {lines.toReversed().map(({ from, number, text }) => (
            <li key={number}>
              <article className={`entry ${from === tabName ? 'entry-acknowledged' : ''}`} aria-label={text}>
                <p className="entry-text">{text}</p>
                <p className="entry-mark">{from === tabName ? 'this tab' : from}</p>
                <p className="entry-handled">no. {number}</p>
              </article>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
