import { useEffect, useState, type SubmitEvent } from 'react'
import { selectSocketStatus } from '../../../../src/index.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { MAX_TEXT } from '../../tabs/messages.js'
import { say, tabName, tabsSocket } from '../../tabs/socket.js'
import { selectLines } from '../../tabs/tabsSlice.js'
import { Field } from '../Field.js'
import { Panel } from '../Panel.js'

/** Connects when the page is first shown. The connection stays open while other pages are shown. */
function useTabsConnection() {
  const dispatch = useAppDispatch()
  const isIdle = useAppSelector((state) => selectSocketStatus(state, tabsSocket.name) === 'idle')
  useEffect(() => {
    if (isIdle) void dispatch(tabsSocket.connect())
  }, [dispatch, isIdle])
}

/** The messages of all tabs. */
export function LinesPanel() {
  useTabsConnection()
  const lines = useAppSelector(selectLines)
  return (
    <Panel title="Messages" className="room">
      <p className="note">The server sends each message once, over the one connection. Every tab shows it.</p>
      <SendForm />
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

function SendForm() {
  const dispatch = useAppDispatch()
  const [count, setCount] = useState(1)
  const [text, setText] = useState('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    dispatch(tabsSocket.send(say({ from: tabName, text: text.trim() || `Message ${count}` })))
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
