import { formatCountdown } from '../format.js'
import { useNow } from '../hooks.js'

/** `retryAt` in milliseconds since the epoch; `null` when only a command ends the wait. */
export function Countdown({ retryAt }: { readonly retryAt: number | null }) {
  const now = useNow(100)
  if (retryAt === null) return <p className="countdown">No attempt is planned</p>
  const remaining = retryAt - now
  return (
    <p className="countdown" role="timer" aria-label="Time to the next attempt">
      {remaining <= 0 ? 'dialling' : `next attempt in ${formatCountdown(remaining)} s`}
    </p>
  )
}
