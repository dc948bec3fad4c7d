import type { Answer, Outgoing } from '../../chat/chatSlice.js'
import { formatBytes } from '../../format.js'
import { describeReason } from '../../sendResults.js'
import { HexDump } from '../HexDump.js'

interface FormatViewProps {
  readonly label: string
  readonly outgoing: Outgoing
  readonly answer: Answer | undefined
  /** The length of the longest frame of the message, for comparison. */
  readonly largest: number
}

export function FormatView({ label, outgoing, answer, largest }: FormatViewProps) {
  const { frame, delivery, reason } = outgoing
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
      <AnswerView label={label} answer={answer} />
    </article>
  )
}

function AnswerView({ label, answer }: Pick<FormatViewProps, 'label' | 'answer'>) {
  if (!answer) return <p className="note">Nothing has come back yet.</p>
  return (
    <>
      <p className={answer.isSame ? 'verdict verdict-same' : 'verdict verdict-changed'}>
        {answer.isSame ? 'Came back the same' : 'Came back changed: kinds were lost on the way'}
      </p>
      <pre tabIndex={0} role="group" aria-label={`What came back in ${label}`} className="decoded">
        {answer.text}
      </pre>
    </>
  )
}
