import { selectSession } from '../../../src/session/index.js'
import { useAppSelector } from '../hooks.js'

interface RecoveryProps {
  /** The name of the connection. */
  readonly connection: string
  /** Whether the subscription that was asked for again got what it had missed; `null` before that. */
  readonly recovered: boolean | null
}

/** Says whether the last reconnect brought what was missed; nothing before the first one. */
export function Recovery({ connection, recovered }: RecoveryProps) {
  const session = useAppSelector((state) => selectSession(state, connection))
  return (
    <output className="count" aria-label="After the last reconnect">
      {session === 'resumed' ? 'Session resumed' : recovered !== null && (recovered ? 'Caught up' : 'Loaded again')}
    </output>
  )
}
