import { Panel } from '../Panel.js'
import { ClockCard } from './ClockCard.js'

const zones = [
  { city: 'UTC', timeZone: 'UTC' },
  { city: 'Berlin', timeZone: 'Europe/Berlin' },
  { city: 'New York', timeZone: 'America/New_York' },
  { city: 'Tokyo', timeZone: 'Asia/Tokyo' },
  { city: 'Atlantis', timeZone: 'Ocean/Atlantis' },
]

export function ClocksPanel() {
  return (
    <Panel title="Clocks">
      <p className="note">
        Each clock is a subscription, which ends when you leave this page. The server does not know one of the time
        zones.
      </p>
      <ul className="clocks" aria-label="Clocks">
        {zones.map(({ city, timeZone }) => (
          <li key={city}>
            <ClockCard city={city} timeZone={timeZone} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}
