import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { MAX_TEXT } from '../../room/messages.js'
import { selectEntries } from '../../room/roomSlice.js'
import { sendMessage } from '../../room/sendMessage.js'
import { roomSocket } from '../../room/socket.js'
import { MessageForm } from '../MessageForm.js'
import { Panel } from '../Panel.js'
import { useConnectWhenShown } from '../useConnectWhenShown.js'
import { EntryView } from './EntryView.js'

interface MessagesPanelProps {
  /** How often the server has handled each message, by id; `undefined` while that is not known. */
  readonly handled: Readonly<Record<string, number>> | undefined
}

export function MessagesPanel({ handled }: MessagesPanelProps) {
  useConnectWhenShown(roomSocket)
  const dispatch = useAppDispatch()
  const entries = useAppSelector(selectEntries)
  return (
    <Panel title="Messages" className="room">
      <p className="note">
        Every open page gets each message. ✓ means that it was sent, ✓✓ that the server has acknowledged it. On the
        right is what the server has, asked over HTTP.
      </p>
      <MessageForm maxLength={MAX_TEXT} onSend={(text) => dispatch(sendMessage(text))} />
      {entries.length === 0 ? (
        <p className="empty">No messages yet. Send the first one.</p>
      ) : (
        <ol className="entries" aria-label="Messages, the newest first">
          {entries.toReversed().map((entry) => (
            <li key={entry.id}>
              <EntryView entry={entry} handled={handled && (handled[entry.id] ?? 0)} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
