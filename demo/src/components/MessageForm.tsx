import { useState, type SubmitEvent } from 'react'
import { Field } from './Field.js'

interface MessageFormProps {
  /** The most characters of a message. */
  readonly maxLength: number
  readonly onSend: (text: string) => void
}

/** A field for a message, and a button that sends it. An empty field sends the text that it shows. */
export function MessageForm({ maxLength, onSend }: MessageFormProps) {
  const [count, setCount] = useState(1)
  const [text, setText] = useState('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onSend(text.trim() || `Message ${count}`)
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
            maxLength={maxLength}
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
