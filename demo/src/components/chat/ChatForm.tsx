import { useState, type SubmitEvent } from 'react'
import { describeExchange } from '../../chat/describeExchange.js'
import { selectExchanges } from '../../chat/chatSlice.js'
import type { ExtraData } from '../../chat/message.js'
import { sendInAllFormats } from '../../chat/sendMessage.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { Choice } from '../Choice.js'
import { Field } from '../Field.js'

const extras = [
  { value: 'none', label: 'None' },
  { value: 'numbers', label: 'Numbers' },
  { value: 'rich', label: 'Date, bytes' },
] as const

const MAX_LENGTH = 500

export function ChatForm() {
  const dispatch = useAppDispatch()
  const [text, setText] = useState('grüß dich')
  const [extra, setExtra] = useState<ExtraData>('none')
  const [newest] = useAppSelector(selectExchanges)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    dispatch(sendInAllFormats(text, extra))
  }
  return (
    <>
      <form onSubmit={submit} className="chat-form" aria-label="Send a message in three formats">
        <Field label="Message">
          {(control) => (
            <input {...control} value={text} maxLength={MAX_LENGTH} onChange={({ target }) => setText(target.value)} />
          )}
        </Field>
        <div className="field field-fixed">
          <span aria-hidden="true">Additional data</span>
          <Choice label="Additional data" value={extra} options={extras} onChange={setExtra} />
        </div>
        <button type="submit" className="button-main button-aligned">
          Send in all formats
        </button>
      </form>
      <output className="outcome" aria-label="Result of the last message">
        {newest && describeExchange(newest)}
      </output>
    </>
  )
}
