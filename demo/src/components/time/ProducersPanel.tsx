import { useState } from 'react'
import { formatPlural } from '../../format.js'
import { remotes } from '../../functions/remote.js'
import { useAppDispatch } from '../../hooks.js'
import { Panel } from '../Panel.js'

/** Proof that what is not subscribed to is not produced. */
export function ProducersPanel() {
  const dispatch = useAppDispatch()
  const [report, setReport] = useState('')
  const count = async () => {
    const { data, error } = await dispatch(remotes.http.countClocks())
    setReport(error ? error.message : `${formatPlural(data, 'clock')} running at the server.`)
  }
  return (
    <Panel title="At the server" className="producers">
      <p className="note">A clock runs there for each subscription, of all open pages, and stops when that ends.</p>
      <div className="actions">
        <button type="button" onClick={() => void count()}>
          Count the clocks
        </button>
      </div>
      <output className="outcome" aria-label="Clocks at the server">
        {report}
      </output>
    </Panel>
  )
}
