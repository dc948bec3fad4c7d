import { useId } from 'react'
import { selectQueued } from '../../../src/index.js'
import { useAppSelector } from '../hooks.js'
import { QUEUE_LIMIT } from '../store.js'

/** The default of the library. */
const DEFAULT_LIMIT = 1000

/** How many sends of a connection wait. @param connection its name. @default the default connection, whose queue is smaller */
export function QueueMeter({ connection }: { readonly connection: string | undefined }) {
  const queued = useAppSelector((state) => selectQueued(state, connection))
  const labelId = useId()
  const limit = connection === undefined ? QUEUE_LIMIT : DEFAULT_LIMIT
  const level = queued >= limit ? 'full' : queued > 0 ? 'some' : 'empty'
  return (
    <div className={`queue queue-${level}`}>
      <p id={labelId}>
        <span>Queue</span>
        <span>
          {queued} of {limit}
          {level === 'full' && ', full'}
        </span>
      </p>
      <progress aria-labelledby={labelId} max={limit} value={queued} />
    </div>
  )
}
