import { hexDump } from '../bytes.js'

interface HexDumpProps {
  readonly label: string
  readonly bytes: readonly number[]
}

/** The offset, the bytes and their ASCII characters, line by line. */
export function HexDump({ label, bytes }: HexDumpProps) {
  return (
    // Focusable, so that it can be scrolled by keyboard.
    <pre tabIndex={0} role="group" aria-label={label} className="dump">
      {hexDump(bytes).map(({ offset, hex, ascii }) => (
        <span key={offset} className="dump-line">
          <span className="dump-offset">{offset}</span> <span className="dump-hex">{hex}</span>{' '}
          <span className="dump-ascii">{ascii}</span>
          {'\n'}
        </span>
      ))}
    </pre>
  )
}
