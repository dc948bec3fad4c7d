import { useEffect, useState } from 'react'
import { fetchServerStatus, runFault, type FaultName, type FaultResult } from '../faults.js'
import { formatPlural } from '../format.js'
import { BurstForm, ServerCloseForm } from './FaultForms.js'
import { Panel } from './Panel.js'

interface Switch {
  readonly name: FaultName
  readonly label: string
  readonly hint: string
  /** Whether the server sends something for it, which a frozen server cannot. */
  readonly sends?: boolean
}

const switches: readonly Switch[] = [
  { name: 'drop', label: 'Drop', hint: 'without a close frame' },
  { name: 'refuse', label: 'Refuse for 5 s', hint: 'answers with 503' },
  { name: 'malformed', label: 'Malformed JSON', hint: 'half an object', sends: true },
  { name: 'binary', label: 'Binary frame', hint: 'becomes a handle', sends: true },
  { name: 'ping', label: 'Ping', hint: 'counts the pongs', sends: true },
]

function describeResult(name: FaultName, { affected, pongs, milliseconds }: FaultResult): string {
  if (name === 'refuse') return 'New connections are refused for 5 s.'
  if (name === 'freeze') return 'Frozen: connections stay open, nothing is read or sent.'
  if (name === 'unfreeze') return 'No longer frozen.'
  const connections = formatPlural(affected ?? 0, 'connection')
  return pongs === undefined
    ? `Affected ${connections}.`
    : `${pongs} of ${connections} answered within ${milliseconds} ms.`
}

function useFaults() {
  const [result, setResult] = useState('')
  const [isFrozen, setIsFrozen] = useState(false)
  useEffect(() => {
    // The server may be frozen already: by another tab, or by this one before a reload.
    fetchServerStatus().then(
      (status) => setIsFrozen(status.isFrozen),
      (error: Error) => setResult(error.message),
    )
  }, [])
  const run = async (name: FaultName, options?: object) => {
    try {
      const answer = await runFault(name, options)
      setIsFrozen(answer.isFrozen)
      setResult(describeResult(name, answer))
    } catch (error) {
      setResult((error as Error).message)
    }
  }
  return { result, isFrozen, run: (name: FaultName, options?: object) => void run(name, options) }
}

export function FaultPanel() {
  const { result, isFrozen, run } = useFaults()
  return (
    <Panel title="Server faults">
      <p className="note">They affect the connections of all open tabs.</p>
      <div className="faults">
        {switches.map(({ name, label, hint, sends = false }) => (
          <button key={name} type="button" className="fault" disabled={isFrozen && sends} onClick={() => run(name)}>
            <span>{label}</span>
            <small>{hint}</small>
          </button>
        ))}
        <button
          type="button"
          className={isFrozen ? 'fault is-on' : 'fault'}
          onClick={() => run(isFrozen ? 'unfreeze' : 'freeze')}
        >
          <span>{isFrozen ? 'Unfreeze' : 'Freeze'}</span>
          <small>{isFrozen ? 'frozen now' : 'open, but no answer'}</small>
        </button>
      </div>
      <ServerCloseForm isDisabled={isFrozen} onSubmit={(options) => run('close', options)} />
      <BurstForm isDisabled={isFrozen} onSubmit={(options) => run('burst', options)} />
      <output className="outcome" aria-label="Response of the server">
        {result}
      </output>
    </Panel>
  )
}
