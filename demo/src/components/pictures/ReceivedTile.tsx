import { memo, useState } from 'react'
import { headOf } from '../../bytes.js'
import { formatBytes } from '../../format.js'
import type { Received } from '../../pictures/picturesSlice.js'
import { sniffPicture } from '../../pictures/sniff.js'
import { socket } from '../../store.js'
import { HexDump } from '../HexDump.js'

/** Enough to tell a picture by. */
const HEAD_BYTES = 512
const DUMPED_BYTES = 56

interface ReceivedTileProps {
  readonly bytes: Received
  readonly onRelease: (bytes: Received) => void
}

export const ReceivedTile = memo(function ReceivedTile({ bytes, onRelease }: ReceivedTileProps) {
  const { id, name, byteLength, isGone } = bytes
  const head = headOf(socket.readBinary(id), HEAD_BYTES)
  const kind = sniffPicture(head)
  return (
    <li className="tile">
      {isGone ? (
        <p className="tile-shown tile-gone">Let go to make room for newer bytes.</p>
      ) : (
        <Shown id={id} name={name} type={kind?.type} head={head} />
      )}
      <div className="tile-foot">
        <p>
          <b title={name}>{name}</b>
          <span className="note">
            {formatBytes(byteLength)}, {kind?.label ?? 'not a picture'}
          </span>
        </p>
        {!isGone && <SaveLink bytes={bytes} type={kind?.type} />}
        <button type="button" aria-label={`Release ${name}`} onClick={() => onRelease(bytes)}>
          Release
        </button>
      </div>
    </li>
  )
})

interface ShownProps {
  readonly id: string
  readonly name: string
  readonly type: string | undefined
  readonly head: Uint8Array
}

/** The picture; or the first bytes of what is none, or is broken. */
function Shown({ id, name, type, head }: ShownProps) {
  const [isBroken, setIsBroken] = useState(false)
  if (type === undefined || isBroken) {
    return (
      <div className="tile-shown">
        <HexDump label={`First bytes of ${name}`} bytes={[...head.subarray(0, DUMPED_BYTES)]} />
      </div>
    )
  }
  return (
    <div className="tile-shown">
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
