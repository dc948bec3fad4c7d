import {
  useId,
  useRef,
  useState,
  type Dispatch,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  type SetStateAction,
  type SubmitEvent,
} from 'react'
import { MAX_BODY, MAX_TITLE, type NewPost } from '../../posts/post.js'
import { Field } from '../Field.js'

interface PostFormProps {
  /** The name of the form for screen readers. */
  readonly label: string
  readonly submitLabel: string
  readonly initial?: NewPost
  /** A rejection is shown, and the draft is kept. */
  readonly onSave: (draft: NewPost) => Promise<void>
  /** Called on Escape. Without it the form is emptied after saving. */
  readonly onCancel?: () => void
  /** Shown below the fields. */
  readonly children?: ReactNode
}

const EMPTY: NewPost = { title: '', body: '' }

/** Saves one draft at a time. */
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

/** A form for a new post, or for an edit. */
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
    // Keeps what was typed during the save.
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
      <PostFields draft={draft} onChange={setDraft} titleRef={titleRef} hasAutoFocus={onCancel !== undefined} />
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

interface PostFieldsProps {
  readonly draft: NewPost
  readonly onChange: Dispatch<SetStateAction<NewPost>>
  readonly titleRef: RefObject<HTMLInputElement | null>
  readonly hasAutoFocus: boolean
}

function PostFields({ draft, onChange, titleRef, hasAutoFocus }: PostFieldsProps) {
  return (
    <>
      <Field label="Title">
        {(control) => (
          <input
            {...control}
            ref={titleRef}
            required
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the user has just pressed Edit
            autoFocus={hasAutoFocus}
            maxLength={MAX_TITLE}
            value={draft.title}
            onChange={({ target: { value: title } }) => onChange((now) => ({ ...now, title }))}
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
            onChange={({ target: { value: body } }) => onChange((now) => ({ ...now, body }))}
          />
        )}
      </Field>
    </>
  )
}
