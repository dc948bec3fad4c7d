import { selectPendingCount } from '../../../../src/rpc/index.js'
import { formatCount } from '../../format.js'
import { rpc } from '../../functions/connection.js'
import { useAppSelector } from '../../hooks.js'
import { JsonText } from '../JsonText.js'
import { Panel } from '../Panel.js'
import type { Call } from './useCalls.js'

export function CallsPanel({ calls }: { readonly calls: readonly Call[] }) {
  return (
    <Panel title="Calls" className="calls" aside={<Pending />}>
      {calls.length === 0 ? (
        <p className="empty">No calls yet. Make the first one.</p>
      ) : (
        <ol className="call-list" aria-label="Calls, the newest first">
          {calls.map((call) => (
            <li key={call.id}>
              <CallView call={call} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}

/** Told by the store, for the whole connection. */
function Pending() {
  const pending = useAppSelector((state) => selectPendingCount(state, rpc.name))
  return <span className="count">{pending} pending on the socket</span>
}

const transportLabels = { socket: 'Socket', http: 'HTTP' }

const endings: Readonly<Record<string, string>> = {
  cancelled: 'The server was told, and stopped.',
  finished: 'The server had finished by then.',
  unknown: 'The server has never heard of it.',
}

function CallView({ call: { code, transport, result, milliseconds, end, abort } }: { readonly call: Call }) {
  const state = result ? (result.error ? 'failed' : 'done') : 'pending'
  return (
    <article className={`call call-${state}`} aria-label={code}>
      <header className="call-head">
        <code>{code}</code>
        <span className="tag">{transportLabels[transport]}</span>
        <span className="call-time">
          {milliseconds === undefined ? '' : `${formatCount(Math.round(milliseconds))} ms`}
        </span>
        {!result && (
          <button type="button" aria-label={`Abort ${code}`} onClick={abort}>
            Abort
          </button>
        )}
      </header>
      <div role="status" aria-label={`Result of ${code}`}>
        {result ? (
          <pre>
            <JsonText text={JSON.stringify(result, null, 2)} />
          </pre>
        ) : (
          <p className="note">Waiting for the answer…</p>
        )}
        {end !== undefined && <p className="note call-end">{endings[end] ?? end}</p>}
      </div>
    </article>
  )
}
