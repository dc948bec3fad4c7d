import { useEffect, useState, type SubmitEvent } from 'react'
import { selectSocketStatus } from '../../../../src/index.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { MAX_TEXT } from '../../room/messages.js'
import { selectEntries } from '../../room/roomSlice.js'
import { sendMessage } from '../../room/sendMessage.js'
import { roomSocket } from '../../room/socket.js'
import { Field } from '../Field.js'
import { Panel } from '../Panel.js'
import { EntryView } from './EntryView.js'

interface MessagesPanelProps {
  /** How often the server has handled each message, by id; `undefined` while that is not known. */
  readonly handled: Readonly<Record<string, number>> | undefined
}

/** Connects when the page is first shown. The connection stays open while other pages are shown. */
function useRoomConnection() {
  const dispatch = useAppDispatch()
  const isIdle = useAppSelector((state) => selectSocketStatus(state, roomSocket.name) === 'idle')
  useEffect(() => {
    if (isIdle) void dispatch(roomSocket.connect())
  }, [dispatch, isIdle])
}

export function MessagesPanel({ handled }: MessagesPanelProps) {
  useRoomConnection()
  const entries = useAppSelector(selectEntries)
  return (
    <Panel title="Messages" className="room">
      <p className="note">
        Every open page gets each message. ✓ means that it was sent, ✓✓ that the server has acknowledged it. On the
        right is what the server has, asked over HTTP.
      </p>
      <SendForm />
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

function SendForm() {
  const dispatch = useAppDispatch()
  const [count, setCount] = useState(1)
  const [text, setText] = useState('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    dispatch(sendMessage(text.trim() || `Message ${count}`))
    setCount(count + 1)
    setText('')
  }
  return (
    <form className="room-form" aria-label="Send a message" onSubmit={submit}>
      <Field label="Message">
        {(control) => (
          <input
            {...control}
            value={text}
            maxLength={MAX_TEXT}
            placeholder={`Message ${count}`}
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </Field>
      <button type="submit" className="button-main button-aligned">
        Send
      </button>
    </form>
  )
}
