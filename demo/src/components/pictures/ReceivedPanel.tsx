import { useRef, useState } from 'react'
import { formatBytes, formatPlural } from '../../format.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { released, selectReceived, type Received } from '../../pictures/picturesSlice.js'
import { Panel } from '../Panel.js'
import { ReceivedTile } from './ReceivedTile.js'

export function ReceivedPanel() {
  const dispatch = useAppDispatch()
  const received = useAppSelector(selectReceived)
  const [outcome, setOutcome] = useState('')
  const tiles = useRef<HTMLDivElement>(null)

  const release = ({ id, name, byteLength }: Received) => {
    dispatch(released(id))
    setOutcome(`Released ${name}, ${formatBytes(byteLength)}.`)
    // Its button had the focus, and is gone.
    tiles.current?.focus()
  }

  return (
    <Panel
      title="Received"
      className="received"
      aside={<span className="count">{formatPlural(received.length, 'piece')}</span>}
    >
      <p className="note">
        The store has a handle of each, the middleware has the bytes until they are released. The six newest are kept.
      </p>
      <div ref={tiles} tabIndex={-1} className="received-body">
        {received.length === 0 ? (
          <p className="received-empty">Nothing has come yet.</p>
        ) : (
          <ul className="tiles" aria-label="Received bytes">
            {received.map((bytes) => (
              <ReceivedTile key={bytes.id} bytes={bytes} onRelease={release} />
            ))}
          </ul>
        )}
      </div>
      <output className="outcome" aria-label="Result of the last release">
        {outcome}
      </output>
    </Panel>
  )
}
