import { useState, type SubmitEvent } from 'react'
import { selectSocketStatus, socketConnect, socketEndpoint, socketReconnect } from '../../../src/index.js'
import { useAppDispatch, useAppSelector } from '../hooks.js'
import { CloseForm } from './CloseForm.js'
import { Field } from './Field.js'
import { Panel } from './Panel.js'

const pageEndpoint = `${window.location.origin.replace(/^http/, 'ws')}/ws`

/** Subprotocols as people write them: separated by commas or spaces. */
const parseProtocols = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

export function ConnectionPanel() {
  const dispatch = useAppDispatch()
  const status = useAppSelector(selectSocketStatus)
  const [address, setAddress] = useState({ url: pageEndpoint, path: '', protocols: '' })
  const [outcome, setOutcome] = useState('')
  const setField = (name: keyof typeof address) => (event: { target: { value: string } }) =>
    setAddress({ ...address, [name]: event.target.value })

  const report = async (settled: PromiseLike<string>) => {
    setOutcome('')
    setOutcome(await settled)
  }
  const connect = (event: SubmitEvent) => {
    event.preventDefault()
    // Joined here: the option `path` of an earlier connect would be kept once the field is empty again.
    const url = address.path.trim() === '' ? address.url : socketEndpoint(address.url, address.path.trim())
    const options = { url, protocols: parseProtocols(address.protocols) }
    void report(dispatch(socketConnect(options)))
  }

  return (
    <Panel title="Connection">
      <form onSubmit={connect} className="stack">
        <Field label="URL" hint="Absolute or relative; http becomes ws.">
          {(control) => <input {...control} value={address.url} onChange={setField('url')} spellCheck={false} />}
        </Field>
        <div className="pair">
          <Field label="Path">
            {(control) => (
              <input
                {...control}
                value={address.path}
                onChange={setField('path')}
                spellCheck={false}
                placeholder="room/7"
              />
            )}
          </Field>
          <Field label="Protocols">
            {(control) => (
              <input
                {...control}
                value={address.protocols}
                onChange={setField('protocols')}
                spellCheck={false}
                placeholder="chat.v2, chat.v1"
              />
            )}
          </Field>
        </div>
        <div className="actions">
          <button type="submit" className="button-main">
            Connect
          </button>
          <button type="button" disabled={status === 'idle'} onClick={() => void report(dispatch(socketReconnect()))}>
            Reconnect
          </button>
          <output className="outcome outcome-inline" aria-label="Outcome of the last command">
            {outcome}
          </output>
        </div>
      </form>
      <CloseForm onClose={(settled) => void report(settled)} />
    </Panel>
  )
}
