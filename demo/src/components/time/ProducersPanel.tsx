import { useState } from 'react'
import { formatPlural } from '../../format.js'
import { remotes } from '../../functions/remote.js'
import { useAppDispatch } from '../../hooks.js'
import { Panel } from '../Panel.js'

/** Shows that the server runs a clock only while it has a subscription. */
export function ProducersPanel() {
  const dispatch = useAppDispatch()
  const [result, setResult] = useState('')
  const count = async () => {
    const { data, error } = await dispatch(remotes.http.countClocks())
    setResult(error ? error.message : `${formatPlural(data, 'clock')} running on the server.`)
  }
  return (
    <Panel title="On the server" className="producers">
      <p className="note">One clock runs for each subscription of all open pages, and stops with it.</p>
      <div className="actions">
        <button type="button" onClick={() => void count()}>
          Count the clocks
        </button>
      </div>
      <output className="outcome" aria-label="Clocks on the server">
        {result}
      </output>
    </Panel>
  )
}
