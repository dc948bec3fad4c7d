import type { Echo, SentFrame } from '../../chat/chatSlice.js'
import { describeReason } from '../../describeSendResults.js'
import { formatBytes } from '../../format.js'
import { HexDump } from '../HexDump.js'

interface FormatViewProps {
  readonly label: string
  readonly sent: SentFrame
  readonly echo: Echo | undefined
  /** The length of the longest frame of the message, for comparison. */
  readonly largest: number
}

export function FormatView({ label, sent, echo, largest }: FormatViewProps) {
  const { frame, delivery, reason } = sent
  return (
    <article className="format" aria-label={label}>
      <header className="format-head">
        <h3>{label}</h3>
        <span className={`mark mark-${delivery}`} title={reason && describeReason(reason)}>
          {reason === undefined ? delivery : `${delivery}: ${reason}`}
        </span>
        {frame && (
          <span className="format-size">
            <b>{formatBytes(frame.bytes.length)}</b> {frame.kind}
          </span>
        )}
      </header>
      {frame && (
        <>
          <div className="format-bar" aria-hidden="true">
            <span style={{ width: `${(100 * frame.bytes.length) / largest}%` }} />
          </div>
          <HexDump label={`Frame in ${label}`} bytes={frame.bytes} />
        </>
      )}
      {frame ? <EchoView label={label} echo={echo} /> : <p className="note">The format cannot carry the message.</p>}
    </article>
  )
}

function EchoView({ label, echo }: Pick<FormatViewProps, 'label' | 'echo'>) {
  if (!echo) return <p className="note">No echo yet.</p>
  return (
    <>
      <p className={echo.isEqual ? 'verdict verdict-equal' : 'verdict verdict-different'}>
        {echo.isEqual ? 'Equals the message' : 'Differs from the message: types were lost'}
      </p>
      <pre tabIndex={0} role="group" aria-label={`Echo in ${label}`} className="decoded">
        {echo.text}
      </pre>
    </>
  )
}
