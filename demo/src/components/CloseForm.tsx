import { useState, type SubmitEvent } from 'react'
import { socketClose } from '../../../src/index.js'
import { isAppCloseCode } from '../closeCodes.js'
import { useAppDispatch } from '../hooks.js'
import { Field } from './Field.js'

/** Calls `onClose` with the result of `dispatch(socketClose())`. */
export function CloseForm({ onClose }: { readonly onClose: (settled: PromiseLike<string>) => void }) {
  const dispatch = useAppDispatch()
  const [code, setCode] = useState('1000')
  const [reason, setReason] = useState('')
  const isValid = isAppCloseCode(Number(code))

  const close = (event: SubmitEvent) => {
    event.preventDefault()
    if (isValid) onClose(dispatch(socketClose(Number(code), reason)))
  }

  return (
    <form onSubmit={close} className="close-form" aria-label="Close the connection">
      <Field label="Code" error={isValid ? undefined : '1000, or 3000 to 4999.'}>
        {(control) => (
          <input {...control} inputMode="numeric" value={code} onChange={(event) => setCode(event.target.value)} />
        )}
      </Field>
      <Field label="Reason">
        {(control) => <input {...control} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <button type="submit" className="button-aligned">
        Close
      </button>
    </form>
  )
}
