import { dump } from '../bytes.js'

interface HexDumpProps {
  readonly label: string
  readonly bytes: readonly number[]
}

/** Offset, bytes, and the same in ASCII. */
export function HexDump({ label, bytes }: HexDumpProps) {
  return (
    // Scrollable, so it must be reachable by keyboard.
    <pre tabIndex={0} role="group" aria-label={label} className="dump">
      {dump(bytes).map(({ offset, hex, ascii }) => (
        <span key={offset} className="dump-line">
          <span className="dump-offset">{offset}</span> <span className="dump-hex">{hex}</span>{' '}
          <span className="dump-ascii">{ascii}</span>
          {'\n'}
        </span>
      ))}
    </pre>
  )
}
