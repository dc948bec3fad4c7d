import { useId, useState } from 'react'
import { formatPlural } from '../../format.js'
import { useSocket, useSubscription } from '../../functions/connection.js'

const phrases = {
  idle: 'Not subscribed',
  pending: 'Pending',
  active: 'Active',
  failed: 'Failed',
}

const labelOf = (action: string, city: string): string =>
  ({ Subscribe: `Subscribe to ${city}`, Unsubscribe: `Unsubscribe from ${city}` })[action] ?? `${action} ${city}`

interface ClockCardProps {
  readonly city: string
  readonly timeZone: string
}

/** One subscription, which lasts while the clock is shown and switched on. */
export function ClockCard({ city, timeZone }: ClockCardProps) {
  const id = useId()
  const [isOn, setIsOn] = useState(false)
  const [ticks, setTicks] = useState(0)
  const { status, data, error } = useSubscription(
    'time',
    { timeZone },
    { skip: !isOn, onData: () => setTicks((count) => count + 1) },
  )
  const { isOpen } = useSocket()
  const action = status === 'failed' ? 'Dismiss' : isOn ? 'Unsubscribe' : 'Subscribe'
  const toggle = () => {
    setTicks(0)
    setIsOn(!isOn)
  }
  return (
    <article className={`clock clock-${status}`} aria-labelledby={id}>
      <header className="clock-head">
        <h3 id={id}>{city}</h3>
        <span role="status" aria-label={`Subscription to ${city}`} className={`tag tag-${status}`}>
          {phrases[status]}
        </span>
      </header>
      {/* Not a live region: a screen reader would announce it every second. */}
      <p className="clock-time">
        {data ? <time dateTime={new Date(data.at).toISOString()}>{data.time}</time> : <span>--:--:--</span>}
      </p>
      <p className="note">
        {error && `${error.code}: ${error.message}`}
        {!error && status === 'pending' && !isOpen && 'Waiting for the connection'}
        {!error &&
          (status !== 'pending' || isOpen) &&
          (data ? `${data.date} · ${formatPlural(ticks, 'tick')}` : timeZone)}
      </p>
      <button type="button" aria-label={labelOf(action, city)} onClick={toggle}>
        {action}
      </button>
    </article>
  )
}
