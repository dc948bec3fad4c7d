import { examples, type Example } from '../../functions/examples.js'
import type { Transport } from '../../functions/remote.js'
import { Choice } from '../Choice.js'
import { Panel } from '../Panel.js'

const transports = [
  { value: 'socket', label: 'Socket' },
  { value: 'http', label: 'HTTP' },
] as const

interface CallPanelProps {
  readonly transport: Transport
  readonly onTransport: (transport: Transport) => void
  readonly onCall: (example: Example) => void
}

export function CallPanel({ transport, onTransport, onCall }: CallPanelProps) {
  return (
    <Panel
      title="Call a function"
      aside={<Choice label="Call over" value={transport} options={transports} onChange={onTransport} />}
    >
      <p className="note">The same functions over both transports, with the same results and errors.</p>
      <div className="faults">
        {examples.map((example) => (
          <button key={example.code} type="button" className="fault" onClick={() => onCall(example)}>
            <code>{example.code}</code>
            <small>{example.hint}</small>
          </button>
        ))}
      </div>
    </Panel>
  )
}
