import { selectQueued } from '../../../src/index.js'
import { useAppSelector } from '../hooks.js'
import { QUEUE_LIMIT } from '../store.js'

export function QueueMeter() {
  const queued = useAppSelector(selectQueued)
  const level = queued >= QUEUE_LIMIT ? 'full' : queued > 0 ? 'some' : 'empty'
  return (
    <div className={`queue queue-${level}`}>
      <p id="queue-label">
        <span>Queue</span>
        <span>
          {queued} of {QUEUE_LIMIT}
          {level === 'full' && ', full'}
        </span>
      </p>
      <progress aria-labelledby="queue-label" max={QUEUE_LIMIT} value={queued} />
    </div>
  )
}
