import { memo, useState } from 'react'
import { headOf } from '../../bytes.js'
import { formatBytes } from '../../format.js'
import type { Received } from '../../pictures/picturesSlice.js'
import { sniffPicture } from '../../pictures/sniff.js'
import { socket } from '../../store.js'
import { HexDump } from '../HexDump.js'

/** Enough bytes to recognise the format of a picture. */
const HEAD_BYTES = 512
const DUMPED_BYTES = 56

interface ReceivedTileProps {
  readonly bytes: Received
  readonly onRelease: (bytes: Received) => void
}

export const ReceivedTile = memo(function ReceivedTile({ bytes, onRelease }: ReceivedTileProps) {
  const { id, name, byteLength, isEvicted } = bytes
  const head = headOf(socket.readBinary(id), HEAD_BYTES)
  const kind = sniffPicture(head)
  return (
    <li className="tile">
      {isEvicted ? (
        <p className="tile-preview tile-evicted">Removed to make room for newer bytes.</p>
      ) : (
        <Preview id={id} name={name} type={kind?.type} head={head} />
      )}
      <div className="tile-foot">
        <p>
          <b title={name}>{name}</b>
          <span className="note">
            {formatBytes(byteLength)}, {kind?.label ?? 'not a picture'}
          </span>
        </p>
        {!isEvicted && <SaveLink bytes={bytes} type={kind?.type} />}
        <button type="button" aria-label={`Release ${name}`} onClick={() => onRelease(bytes)}>
          Release
        </button>
      </div>
    </li>
  )
})

interface PreviewProps {
  readonly id: string
  readonly name: string
  readonly type: string | undefined
  readonly head: Uint8Array
}

/** The picture; or the first bytes of anything else, and of a broken picture. */
function Preview({ id, name, type, head }: PreviewProps) {
  const [isBroken, setIsBroken] = useState(false)
  if (type === undefined || isBroken) {
    return (
      <div className="tile-preview">
        <HexDump label={`First bytes of ${name}`} bytes={[...head.subarray(0, DUMPED_BYTES)]} />
      </div>
    )
  }
  return (
    <div className="tile-preview">
      <img src={socket.binaryUrl(id, type)} alt={name} decoding="async" onError={() => setIsBroken(true)} />
    </div>
  )
}

function SaveLink({ bytes: { id, name }, type }: { readonly bytes: Received; readonly type: string | undefined }) {
  return (
    <a className="button" href={socket.binaryUrl(id, type)} download={name} aria-label={`Save ${name}`}>
      Save
    </a>
  )
}
