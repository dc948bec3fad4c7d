import { toIsoTime } from '../../internal/clock.js'
import type { ConnectionRecording, StateChange } from '../types.js'
import { CopyButton } from './CopyButton.js'
import { toTime } from './format.js'
import { JsonText } from './JsonText.js'

/** How many changes are shown. */
const SHOWN_CHANGES = 100

const toText = (value: unknown): string => (value === undefined ? 'not there' : JSON.stringify(value))

const Changes = ({ changes }: { readonly changes: readonly StateChange[] }) => (
  <ol className="changes" aria-label="Changes of the state, the newest first">
    {changes
      .slice(-SHOWN_CHANGES)
      .reduceRight<StateChange[]>((list, change) => list.concat(change), [])
      .map(({ at, before, after }, index) => (
        // Two changes may have the same time.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={`${at} ${changes.length - index}`}>
          <time dateTime={toIsoTime(at)}>{toTime(at)}</time>
          <dl>
            {Object.entries(after).map(([key, value]) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>
                  <del>{toText(before[key as keyof typeof before])}</del> → <ins>{toText(value)}</ins>
                </dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
  </ol>
)

/** The connection's entry in the store, with the members of the last change marked, and the changes that led to it. */
export const StateView = ({ recording: { state, changes } }: { readonly recording: ConnectionRecording }) => {
  if (!state) return <p className="empty">The store has no entry for this connection yet.</p>
  const last = changes.at(-1)?.after ?? {}
  const lines = Object.entries(state)
  return (
    <div className="state">
      {/* Focusable, so that it can be scrolled by keyboard. */}
      <section className="state-now" tabIndex={0} aria-label="State as JSON">
        <CopyButton label="Copy state" text={() => JSON.stringify(state, null, 2)} />
        <pre>
          {'{'}
          {lines.map(([key, value], index) => (
            <span key={key} className={key in last && changes.length > 1 ? 'member changed' : 'member'}>
              <JsonText text={`"${key}": ${JSON.stringify(value)}${index < lines.length - 1 ? ',' : ''}`} />
            </span>
          ))}
          {'}'}
        </pre>
      </section>
      <section className="state-changes" tabIndex={0} aria-label="Changes of the state">
        <Changes changes={changes} />
      </section>
    </div>
  )
}
