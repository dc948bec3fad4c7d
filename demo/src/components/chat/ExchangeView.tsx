import type { Exchange } from '../../chat/chatSlice.js'
import { chats } from '../../chat/connections.js'
import { FormatView } from './FormatView.js'

interface ExchangeViewProps {
  readonly exchange: Exchange
  readonly isNewest: boolean
}

/** A message in all formats, side by side. Older messages are collapsed. */
export function ExchangeView({ exchange, isNewest }: ExchangeViewProps) {
  const { n, text, sent, echoes } = exchange
  const largest = Math.max(...Object.values(sent).map(({ frame }) => frame?.bytes.length ?? 0))
  return (
    <details className="exchange" open={isNewest}>
      <summary>
        {n}. “{text}”
      </summary>
      <div className="formats">
        {chats.map(({ format, label }) => (
          <FormatView key={format} label={label} sent={sent[format]} echo={echoes[format]} largest={largest} />
        ))}
      </div>
    </details>
  )
}
