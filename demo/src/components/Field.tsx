import { useId, type ReactNode } from 'react'

interface ControlProps {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
}

interface FieldProps {
  readonly label: string
  readonly hint?: string | undefined
  /** Replaces the hint and marks the control as invalid. */
  readonly error?: string | undefined
  readonly className?: string
  readonly children: (control: ControlProps) => ReactNode
}

/** A label, its control, and a hint or an error, connected for screen readers. */
export function Field({ label, hint, error, className = '', children }: FieldProps) {
  const id = useId()
  const note = error ?? hint
  const noteId = `${id}-note`
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        'aria-describedby': note === undefined ? undefined : noteId,
        'aria-invalid': error !== undefined,
      })}
      {note !== undefined && (
        <p id={noteId} className={error === undefined ? 'note' : 'note note-error'}>
          {note}
        </p>
      )}
    </div>
  )
}
