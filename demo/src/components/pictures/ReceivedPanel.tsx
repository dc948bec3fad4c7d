import { useRef, useState } from 'react'
import { formatBytes, formatPlural } from '../../format.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { receivedRemoved, selectReceived, type Received } from '../../pictures/picturesSlice.js'
import { Panel } from '../Panel.js'
import { ReceivedTile } from './ReceivedTile.js'

export function ReceivedPanel() {
  const dispatch = useAppDispatch()
  const received = useAppSelector(selectReceived)
  const [result, setResult] = useState('')
  const tiles = useRef<HTMLDivElement>(null)

  const release = ({ id, name, byteLength }: Received) => {
    dispatch(receivedRemoved(id))
    setResult(`Released ${name}, ${formatBytes(byteLength)}.`)
    // The button that had the focus is removed.
    tiles.current?.focus()
  }

  return (
    <Panel
      title="Received"
      className="received"
      aside={<span className="count">{formatPlural(received.length, 'item')}</span>}
    >
      <p className="note">
        The store contains a handle for each item. The middleware keeps the bytes until they are released. The list
        keeps the six newest.
      </p>
      <div ref={tiles} tabIndex={-1} className="received-body">
        {received.length === 0 ? (
          <p className="received-empty">Nothing received yet.</p>
        ) : (
          <ul className="tiles" aria-label="Received bytes">
            {received.map((bytes) => (
              <ReceivedTile key={bytes.id} bytes={bytes} onRelease={release} />
            ))}
          </ul>
        )}
      </div>
      <output className="outcome" aria-label="Result of the last release">
        {result}
      </output>
    </Panel>
  )
}
