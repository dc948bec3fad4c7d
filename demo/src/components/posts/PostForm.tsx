import { useId, useRef, useState, type KeyboardEvent, type ReactNode, type SubmitEvent } from 'react'
import { MAX_BODY, MAX_TITLE, type NewPost } from '../../posts/post.js'
import { Field } from '../Field.js'

interface PostFormProps {
  /** What the form is called by screen readers. */
  readonly label: string
  readonly submitLabel: string
  readonly initial?: NewPost
  /** Rejects with a sentence; the draft stays then. */
  readonly onSave: (draft: NewPost) => Promise<void>
  /** Called by Escape; without it the form is emptied once it is saved. */
  readonly onCancel?: () => void
  /** Stands below the fields. */
  readonly children?: ReactNode
}

const EMPTY: NewPost = { title: '', body: '' }

/** Saves at most one draft at a time. */
function useSaving(onSave: PostFormProps['onSave']) {
  const isSaving = useRef(false)
  const [state, setState] = useState({ isSaving: false, problem: '' })
  const save = async (draft: NewPost): Promise<boolean> => {
    if (isSaving.current) return false
    isSaving.current = true
    setState({ isSaving: true, problem: '' })
    const problem = await onSave(draft).then(
      () => '',
      (error: Error) => error.message,
    )
    isSaving.current = false
    setState({ isSaving: false, problem })
    return problem === ''
  }
  return { ...state, save }
}

/** Title and text of a post, for a new one and for an edit. */
export function PostForm({ label, submitLabel, initial = EMPTY, onSave, onCancel, children }: PostFormProps) {
  const [draft, setDraft] = useState(initial)
  const { isSaving, problem, save } = useSaving(onSave)
  const titleRef = useRef<HTMLInputElement>(null)
  const problemId = useId()
  const isEmpty = draft.title.trim() === ''

  const submit = async (event?: SubmitEvent) => {
    event?.preventDefault()
    if (isEmpty) return titleRef.current?.focus()
    if (!(await save(draft)) || onCancel) return
    // What was typed while it was being saved stays.
    setDraft((now) => (now === draft ? EMPTY : now))
    titleRef.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onCancel?.()
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit()
  }

  return (
    <form
      onSubmit={(event) => void submit(event)}
      onKeyDown={onKeyDown}
      className="post-form stack"
      aria-label={label}
      aria-describedby={problem ? problemId : undefined}
    >
      <Field label="Title">
        {(control) => (
          <input
            {...control}
            ref={titleRef}
            required
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- an edit was asked for: that is where the focus belongs
            autoFocus={onCancel !== undefined}
            maxLength={MAX_TITLE}
            value={draft.title}
            onChange={({ target: { value: title } }) => setDraft((now) => ({ ...now, title }))}
          />
        )}
      </Field>
      <Field label="Text">
        {(control) => (
          <textarea
            {...control}
            rows={4}
            maxLength={MAX_BODY}
            value={draft.body}
            onChange={({ target: { value: body } }) => setDraft((now) => ({ ...now, body }))}
          />
        )}
      </Field>
      {children}
      <div className="actions">
        <button type="submit" className="button-main" aria-disabled={isSaving} aria-keyshortcuts="Control+Enter">
          {isSaving ? 'Saving…' : submitLabel}
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
      <p id={problemId} role="alert" className="note-error">
        {problem && `Not saved. ${problem}`}
      </p>
    </form>
  )
}
