import { formatBytes } from '../../format.js'
import { useAppSelector } from '../../hooks.js'
import { describeTransfer } from '../../pictures/describeTransfer.js'
import { selectTransfers, type Transfer } from '../../pictures/picturesSlice.js'

export function TransferList() {
  const transfers = useAppSelector(selectTransfers)
  return (
    <ul className="transfers" aria-label="Files sent" aria-live="polite">
      {transfers.map((transfer) => (
        <TransferRow key={transfer.id} transfer={transfer} />
      ))}
    </ul>
  )
}

/** The bar is what `buffered` in the socket's state leaves of the file's size. */
function TransferRow({ transfer }: { readonly transfer: Transfer }) {
  const { name, byteLength, stage, left } = transfer
  const gone = byteLength - left
  return (
    <li className={`transfer transfer-${stage}`}>
      <p className="transfer-head">
        <b>{name}</b>
        {/* Not announced: it changes with every frame. */}
        <span aria-hidden="true">
          {stage === 'sending' && `${formatBytes(gone)} of `}
          {formatBytes(byteLength)}
        </span>
      </p>
      {/* An empty file has gone once it is sent; a bar of no length shows nothing. */}
      <progress aria-label={`Progress of ${name}`} max={byteLength || 1} value={byteLength === 0 ? 1 : gone} />
      <p className="transfer-stage">{describeTransfer(transfer)}</p>
    </li>
  )
}
