import { useState } from 'react'
import { formatPlural } from '../../format.js'
import { useSocket } from '../../functions/connection.js'
import { remotes } from '../../functions/remote.js'
import { useAppDispatch } from '../../hooks.js'
import { Panel } from '../Panel.js'

const SECONDS = 3

/** Takes the connection away, for a while. */
export function OutagePanel() {
  const dispatch = useAppDispatch()
  const { status, connect, reconnect } = useSocket()
  const [report, setReport] = useState('')
  const isDown = status === 'reconnecting' || status === 'failed'
  const cut = async () => {
    // By HTTP: that works without a connection, too.
    const { data, error } = await dispatch(remotes.http.cutConnections({ seconds: SECONDS }))
    setReport(
      error ? error.message : `Cut ${formatPlural(data, 'connection')}, and refusing new ones for ${SECONDS} s.`,
    )
  }
  return (
    <Panel title="Connection" className="outage">
      <p className="note">
        One for three pages, opened when it is first needed. The cut hits every open page; all come back by themselves.
      </p>
      <div className="actions">
        <button type="button" onClick={() => void cut()}>
          Cut for {SECONDS} s
        </button>
        {isDown && (
          <button type="button" onClick={() => void (status === 'failed' ? connect() : reconnect())}>
            Connect now
          </button>
        )}
      </div>
      <output className="outcome" aria-label="Answer to the cut">
        {report}
      </output>
    </Panel>
  )
}
