import { useState, type ChangeEvent, type SubmitEvent } from 'react'
import { selectSocketStatus, socketConnect, socketEndpoint, socketReconnect } from '../../../src/index.js'
import { useAppDispatch, useAppSelector } from '../hooks.js'
import { CloseForm } from './CloseForm.js'
import { Field } from './Field.js'
import { Panel } from './Panel.js'

interface Address {
  readonly url: string
  readonly path: string
  readonly protocols: string
}

const initialAddress: Address = {
  url: `${window.location.origin.replace(/^http/, 'ws')}/ws`,
  path: '',
  protocols: '',
}

/** Splits subprotocols that are separated by commas or spaces. */
const parseProtocols = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

export function ConnectionPanel() {
  const dispatch = useAppDispatch()
  const status = useAppSelector(selectSocketStatus)
  const [address, setAddress] = useState(initialAddress)
  const [result, setResult] = useState('')

  const showResult = async (settled: PromiseLike<string>) => {
    setResult('')
    setResult(await settled)
  }
  const connect = (event: SubmitEvent) => {
    event.preventDefault()
    // The path is joined here: with the option `path`, an empty field would keep the path of an earlier connect.
    const url = address.path.trim() === '' ? address.url : socketEndpoint(address.url, address.path.trim())
    const options = { url, protocols: parseProtocols(address.protocols) }
    void showResult(dispatch(socketConnect(options)))
  }

  return (
    <Panel title="Connection">
      <form onSubmit={connect} className="stack">
        <AddressFields address={address} onChange={setAddress} />
        <div className="actions">
          <button type="submit" className="button-main">
            Connect
          </button>
          <button
            type="button"
            disabled={status === 'idle'}
            onClick={() => void showResult(dispatch(socketReconnect()))}
          >
            Reconnect
          </button>
          <output className="outcome outcome-inline" aria-label="Result of the last command">
            {result}
          </output>
        </div>
      </form>
      <CloseForm onClose={(settled) => void showResult(settled)} />
    </Panel>
  )
}

interface AddressFieldsProps {
  readonly address: Address
  readonly onChange: (address: Address) => void
}

function AddressFields({ address, onChange }: AddressFieldsProps) {
  const inputProps = (name: keyof Address) => ({
    value: address[name],
    onChange: (event: ChangeEvent<HTMLInputElement>) => onChange({ ...address, [name]: event.target.value }),
    spellCheck: false,
  })
  return (
    <>
      <Field label="URL" hint="Absolute or relative; http becomes ws.">
        {(control) => <input {...control} {...inputProps('url')} />}
      </Field>
      <div className="pair">
        <Field label="Path">{(control) => <input {...control} {...inputProps('path')} placeholder="room/7" />}</Field>
        <Field label="Protocols">
          {(control) => <input {...control} {...inputProps('protocols')} placeholder="chat.v2, chat.v1" />}
        </Field>
      </div>
    </>
  )
}
