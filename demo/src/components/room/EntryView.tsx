import { selectUnacknowledged } from '../../../../src/session/index.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import type { Entry, Mark } from '../../room/roomSlice.js'
import { sendAgain } from '../../room/sendMessage.js'
import { roomSocket } from '../../room/socket.js'

const signs: Readonly<Record<Mark, readonly [sign: string, label: string]>> = {
  waiting: ['…', 'waits for the connection'],
  sent: ['✓', 'sent'],
  acknowledged: ['✓✓', 'acknowledged'],
  indeterminate: ['?', 'in doubt: indeterminate'],
  dropped: ['✗', 'not sent'],
}

const times = (count: number): string => {
  if (count === 0) return 'not at the server'
  return count === 1 ? 'arrived once' : `arrived ${count} times`
}

interface EntryViewProps {
  readonly entry: Entry
  /** How often the server has handled it; `undefined` while that is not known. */
  readonly handled: number | undefined
}

/** A message, with what the page and the server know of it. */
export function EntryView({ entry, handled }: EntryViewProps) {
  const dispatch = useAppDispatch()
  const mark = useMark(entry)
  return (
    <article className={`entry entry-${mark ?? 'other'}`} aria-label={entry.text}>
      <p className="entry-text">{entry.text}</p>
      <div className="entry-state">
        <p className="entry-mark">{mark ? <Sign mark={mark} /> : entry.from}</p>
        {mark === 'indeterminate' && (
          <button type="button" aria-label={`Send again: ${entry.text}`} onClick={() => dispatch(sendAgain(entry))}>
            Send again
          </button>
        )}
      </div>
      <p className="entry-handled">{handled !== undefined && times(handled)}</p>
    </article>
  )
}

function Sign({ mark }: { readonly mark: Mark }) {
  const [sign, label] = signs[mark]
  return (
    <>
      <b aria-hidden="true">{sign}</b> {label}
    </>
  )
}

/** No action reports that a waiting message was sent: it is among the unacknowledged ones from then on. */
function useMark({ mark, sendId = '' }: Entry): Mark | undefined {
  const isSent = useAppSelector((state) => selectUnacknowledged(state, roomSocket.name).includes(sendId))
  return mark === 'waiting' && isSent ? 'sent' : mark
}
