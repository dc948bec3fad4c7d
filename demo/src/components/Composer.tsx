import { useState, type KeyboardEvent, type SubmitEvent } from 'react'
import { socketSend } from '../../../src/index.js'
import { describeSendResults, type SendResult } from '../describeSendResults.js'
import { useAppDispatch } from '../hooks.js'
import { Choice } from './Choice.js'
import { Field } from './Field.js'
import { Panel } from './Panel.js'
import { QueueMeter } from './QueueMeter.js'
import { useIsNarrow } from './useIsNarrow.js'

type Format = 'json' | 'text'
type WhenOffline = 'queue' | 'drop'

const formats = [
  { value: 'json', label: 'JSON' },
  { value: 'text', label: 'Text' },
] as const

const offlinePolicies = [
  { value: 'queue', label: 'Queue' },
  { value: 'drop', label: 'Drop' },
] as const

interface Form {
  readonly draft: string
  readonly format: Format
  readonly whenOffline: WhenOffline
  readonly copies: string
}

const initialForm: Form = {
  draft: '{ "type": "chat/said", "payload": "hello" }',
  format: 'json',
  whenOffline: 'queue',
  copies: '1',
}

const MAX_COPIES = 1000

const hints: Record<Format, string> = {
  json: 'Any JSON value. A “type” has no special meaning here.',
  text: 'Sent as a JSON string, with quotes.',
}

/** Parses the draft: returns the message, or the problem with it. */
function parseDraft(draft: string, format: Format): { message: unknown } | { problem: string } {
  if (format === 'text') return { message: draft }
  try {
    return { message: JSON.parse(draft) as unknown }
  } catch (error) {
    return { problem: `Not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function useComposer() {
  const dispatch = useAppDispatch()
  const [form, setForm] = useState(initialForm)
  const [results, setResults] = useState<readonly SendResult[]>([])

  const parsed = parseDraft(form.draft, form.format)
  const copyCount = Number(form.copies)
  const isCountValid = Number.isInteger(copyCount) && copyCount >= 1 && copyCount <= MAX_COPIES

  const send = () => {
    if (!('message' in parsed) || !isCountValid) return
    setResults(
      Array.from({ length: copyCount }, () => dispatch(socketSend(parsed.message, { whenOffline: form.whenOffline }))),
    )
  }
  return {
    form,
    change: (changed: Partial<Form>) => setForm((before) => ({ ...before, ...changed })),
    results,
    send,
    problem: 'problem' in parsed ? parsed.problem : undefined,
    countProblem: isCountValid ? undefined : `1 to ${MAX_COPIES}.`,
  }
}

type ComposerState = ReturnType<typeof useComposer>

export function Composer() {
  const composer = useComposer()
  // There the status is far away.
  const isNarrow = useIsNarrow()
  const { form, change, send, results, problem } = composer
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    send()
  }
  const sendOnCtrlEnter = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
  }

  return (
    <Panel
      title="Send"
      aside={<Choice label="Format" value={form.format} options={formats} onChange={(format) => change({ format })} />}
    >
      <form onSubmit={submit} className="stack">
        <Field label="Message" hint={hints[form.format]} error={problem}>
          {(control) => (
            <textarea
              {...control}
              rows={3}
              spellCheck={false}
              value={form.draft}
              onChange={(event) => change({ draft: event.target.value })}
              onKeyDown={sendOnCtrlEnter}
            />
          )}
        </Field>
        <SendOptions composer={composer} />
      </form>
      {isNarrow && <QueueMeter connection={undefined} />}
      <output className="outcome" aria-label="Result of the last send">
        {describeSendResults(results)}
      </output>
    </Panel>
  )
}

function SendOptions({ composer: { form, change, problem, countProblem } }: { readonly composer: ComposerState }) {
  return (
    <div className="send-options">
      <div className="field field-fixed">
        <span aria-hidden="true">When offline</span>
        <Choice
          label="When offline"
          value={form.whenOffline}
          options={offlinePolicies}
          onChange={(whenOffline) => change({ whenOffline })}
        />
      </div>
      <Field label="Times" className="field-count" error={countProblem}>
        {(control) => (
          <input
            {...control}
            inputMode="numeric"
            value={form.copies}
            onChange={(event) => change({ copies: event.target.value })}
          />
        )}
      </Field>
      <button
        type="submit"
        className="button-main button-aligned"
        aria-keyshortcuts="Control+Enter"
        disabled={problem !== undefined || countProblem !== undefined}
      >
        Send
      </button>
    </div>
  )
}
