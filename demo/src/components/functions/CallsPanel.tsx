import { selectPendingCount } from '../../../../src/rpc/index.js'
import { formatCount } from '../../format.js'
import { rpc, useSocket } from '../../functions/connection.js'
import { useAppSelector } from '../../hooks.js'
import { JsonText } from '../../../../src/devtools/panel/JsonText.js'
import { Panel } from '../Panel.js'
import type { Call } from './useCalls.js'

export function CallsPanel({ calls }: { readonly calls: readonly Call[] }) {
  return (
    <Panel title="Calls" className="calls" aside={<PendingCount />}>
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

/** The number of pending requests of the connection, from the store. */
function PendingCount() {
  const pending = useAppSelector((state) => selectPendingCount(state, rpc.name))
  return <span className="count">{pending} pending on the socket</span>
}

const transportLabels = { socket: 'Socket', http: 'HTTP' }

const outcomes: Readonly<Record<string, string>> = {
  cancelled: 'The server cancelled it.',
  finished: 'The server had finished it already.',
  unknown: 'The server never received it.',
}

function CallView({ call: { code, transport, result, milliseconds, outcome, abort } }: { readonly call: Call }) {
  const { isOpen } = useSocket()
  const isWaiting = transport === 'socket' && !isOpen
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
          <p className="note">{isWaiting ? 'Waiting for the connection…' : 'Waiting for the response…'}</p>
        )}
        {outcome !== undefined && <p className="note call-outcome">{outcomes[outcome] ?? outcome}</p>}
      </div>
    </article>
  )
}
