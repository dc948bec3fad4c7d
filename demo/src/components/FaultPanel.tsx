import { useEffect, useState } from 'react'
import { fetchServerStatus, pullSwitch, type FaultAnswer, type FaultName } from '../faults.js'
import { formatPlural } from '../format.js'
import { BurstForm, ServerCloseForm } from './FaultForms.js'
import { Panel } from './Panel.js'

interface Switch {
  readonly name: FaultName
  readonly label: string
  readonly hint: string
  /** Takes effect by something the server sends, which a silent server does not. */
  readonly speaks?: boolean
}

const switches: readonly Switch[] = [
  { name: 'drop', label: 'Drop', hint: 'without a close frame' },
  { name: 'refuse', label: 'Refuse for 5 s', hint: '503 to new sockets' },
  { name: 'malformed', label: 'Malformed JSON', hint: 'half an object', speaks: true },
  { name: 'binary', label: 'Binary frame', hint: 'becomes a handle', speaks: true },
  { name: 'ping', label: 'Ping', hint: 'counts the pongs', speaks: true },
]

function describeAnswer(name: FaultName, { hit, pongs, milliseconds }: FaultAnswer): string {
  if (name === 'refuse') return 'Refusing new connections for 5 s.'
  if (name === 'silence') return 'Silent: connections stay up, nothing is read or answered.'
  if (name === 'speak') return 'Speaking again.'
  const target = formatPlural(hit ?? 0, 'connection')
  return pongs === undefined ? `Hit ${target}.` : `${pongs} of ${target} answered in ${milliseconds} ms.`
}

function useFaults() {
  const [report, setReport] = useState('')
  const [isSilent, setIsSilent] = useState(false)
  useEffect(() => {
    // Another tab, or this one before a reload, may have silenced the server.
    fetchServerStatus().then(
      (status) => setIsSilent(status.isSilent),
      (error: Error) => setReport(error.message),
    )
  }, [])
  const pull = async (name: FaultName, options?: object) => {
    try {
      const answer = await pullSwitch(name, options)
      setIsSilent(answer.isSilent)
      setReport(describeAnswer(name, answer))
    } catch (error) {
      setReport((error as Error).message)
    }
  }
  return { report, isSilent, pull: (name: FaultName, options?: object) => void pull(name, options) }
}

export function FaultPanel() {
  const { report, isSilent, pull } = useFaults()
  return (
    <Panel title="Server faults">
      <p className="note">They hit the sockets of every open tab.</p>
      <div className="faults">
        {switches.map(({ name, label, hint, speaks = false }) => (
          <button key={name} type="button" className="fault" disabled={isSilent && speaks} onClick={() => pull(name)}>
            <span>{label}</span>
            <small>{hint}</small>
          </button>
        ))}
        <button
          type="button"
          className={isSilent ? 'fault is-on' : 'fault'}
          onClick={() => pull(isSilent ? 'speak' : 'silence')}
        >
          <span>{isSilent ? 'Speak again' : 'Go silent'}</span>
          <small>{isSilent ? 'it is silent now' : 'up, but no answer'}</small>
        </button>
      </div>
      <ServerCloseForm isDisabled={isSilent} onSubmit={(options) => pull('close', options)} />
      <BurstForm isDisabled={isSilent} onSubmit={(options) => pull('burst', options)} />
      <output className="outcome" aria-label="Answer of the server">
        {report}
      </output>
    </Panel>
  )
}
