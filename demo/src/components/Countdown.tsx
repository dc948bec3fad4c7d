import { formatCountdown } from '../format.js'
import { useNow } from '../hooks.js'

/** `retryAt` in milliseconds since the epoch; `null` when no retry is scheduled. */
export function Countdown({ retryAt }: { readonly retryAt: number | null }) {
  const now = useNow(100)
  if (retryAt === null) return <p className="countdown">No retry is scheduled</p>
  const remaining = retryAt - now
  return (
    <p className="countdown" role="timer" aria-label="Time to the next retry">
      {remaining <= 0 ? 'connecting' : `next retry in ${formatCountdown(remaining)} s`}
    </p>
  )
}
