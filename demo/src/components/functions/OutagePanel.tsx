import { useState } from 'react'
import { formatPlural } from '../../format.js'
import { useSocket } from '../../functions/connection.js'
import { remotes } from '../../functions/remote.js'
import { useAppDispatch } from '../../hooks.js'
import { Panel } from '../Panel.js'

const SECONDS = 3

/** Cuts the connection for a few seconds. */
export function OutagePanel() {
  const dispatch = useAppDispatch()
  const { status, connect, reconnect } = useSocket()
  const [result, setResult] = useState('')
  const isDown = status === 'reconnecting' || status === 'failed'
  const cut = async () => {
    // By HTTP, which works without a connection.
    const { data, error } = await dispatch(remotes.http.cutConnections({ seconds: SECONDS }))
    setResult(error ? error.message : `Cut ${formatPlural(data, 'connection')}. New ones are refused for ${SECONDS} s.`)
  }
  return (
    <Panel title="Connection" className="outage">
      <p className="note">
        Three pages share it. The first call or subscription opens it. A cut affects all open pages, which reconnect
        automatically.
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
      <output className="outcome" aria-label="Result of the cut">
        {result}
      </output>
    </Panel>
  )
}
