import { useState, type SubmitEvent } from 'react'
import { describeExchange } from '../../chat/describeExchange.js'
import { selectExchanges } from '../../chat/chatSlice.js'
import type { Cargo } from '../../chat/message.js'
import { say } from '../../chat/say.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { Choice } from '../Choice.js'
import { Field } from '../Field.js'

const cargoes = [
  { value: 'text', label: 'Text' },
  { value: 'numbers', label: 'Numbers' },
  { value: 'rich', label: 'Date, bytes' },
] as const

const MAX_LENGTH = 500

export function ChatForm() {
  const dispatch = useAppDispatch()
  const [text, setText] = useState('grüß dich')
  const [cargo, setCargo] = useState<Cargo>('text')
  const [newest] = useAppSelector(selectExchanges)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    dispatch(say(text, cargo))
  }
  return (
    <>
      <form onSubmit={submit} className="chat-form" aria-label="Say something in three formats">
        <Field label="What to say">
          {(control) => (
            <input {...control} value={text} maxLength={MAX_LENGTH} onChange={({ target }) => setText(target.value)} />
          )}
        </Field>
        <div className="field field-fixed">
          <span aria-hidden="true">What goes with it</span>
          <Choice label="What goes with it" value={cargo} options={cargoes} onChange={setCargo} />
        </div>
        <button type="submit" className="button-main button-aligned">
          Send in all three
        </button>
      </form>
      <output className="outcome" aria-label="Result of the last message">
        {newest && describeExchange(newest)}
      </output>
    </>
  )
}
