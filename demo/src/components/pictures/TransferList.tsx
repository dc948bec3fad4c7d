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

/** The bar shows the size of the file minus `buffered` in the state of the socket. */
function TransferRow({ transfer }: { readonly transfer: Transfer }) {
  const { name, byteLength, stage, left } = transfer
  const sent = byteLength - left
  return (
    <li className={`transfer transfer-${stage}`}>
      <p className="transfer-head">
        <b>{name}</b>
        {/* Hidden from screen readers: it changes with every frame. */}
        <span aria-hidden="true">
          {stage === 'sending' && `${formatBytes(sent)} of `}
          {formatBytes(byteLength)}
        </span>
      </p>
      {/* A bar with a maximum of 0 is invalid, so an empty file is 1 of 1. */}
      <progress aria-label={`Progress of ${name}`} max={byteLength || 1} value={byteLength === 0 ? 1 : sent} />
      <p className="transfer-stage">{describeTransfer(transfer)}</p>
    </li>
  )
}
