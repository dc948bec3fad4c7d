import { useState, type SubmitEvent } from 'react'
import { isServerCloseCode } from '../closeCodes.js'
import { formatCount } from '../format.js'
import { Field } from './Field.js'

/** The same limit as in the server. */
const MAX_BURST = 10_000

interface ServerCloseFormProps {
  readonly isDisabled: boolean
  readonly onSubmit: (options: { readonly code: number; readonly reason: string }) => void
}

export function ServerCloseForm({ isDisabled, onSubmit }: ServerCloseFormProps) {
  const [code, setCode] = useState('1012')
  const [reason, setReason] = useState('')
  const isValid = isServerCloseCode(Number(code))
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (isValid) onSubmit({ code: Number(code), reason })
  }
  return (
    <form onSubmit={submit} className="close-form" aria-label="Close from the server">
      <Field label="Code" error={isValid ? undefined : '1000 to 1014, 3000 to 4999; not 1004 to 1006.'}>
        {(control) => (
          <input {...control} inputMode="numeric" value={code} onChange={(event) => setCode(event.target.value)} />
        )}
      </Field>
      <Field label="Reason">
        {(control) => <input {...control} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <button type="submit" className="button-aligned" disabled={isDisabled}>
        Close all
      </button>
    </form>
  )
}

interface BurstFormProps {
  readonly isDisabled: boolean
  readonly onSubmit: (options: { readonly count: number }) => void
}

export function BurstForm({ isDisabled, onSubmit }: BurstFormProps) {
  const [count, setCount] = useState('1000')
  const isValid = Number.isInteger(Number(count)) && Number(count) >= 1 && Number(count) <= MAX_BURST
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (isValid) onSubmit({ count: Number(count) })
  }
  return (
    <form onSubmit={submit} className="close-form burst-form" aria-label="Burst from the server">
      <Field label="Messages" error={isValid ? undefined : `1 to ${formatCount(MAX_BURST)}.`}>
        {(control) => (
          <input {...control} inputMode="numeric" value={count} onChange={(event) => setCount(event.target.value)} />
        )}
      </Field>
      <button type="submit" className="button-aligned" disabled={isDisabled}>
        Burst
      </button>
    </form>
  )
}
