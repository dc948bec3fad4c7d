import { useState } from 'react'
import { OutagePanel } from '../components/functions/OutagePanel.js'
import { AddPanel } from '../components/query/AddPanel.js'
import { EditSpeedPanel, type EditSpeed } from '../components/query/EditSpeedPanel.js'
import { QueryPanel } from '../components/query/QueryPanel.js'
import { StatusPanel } from '../components/StatusPanel.js'
import { rpc } from '../functions/connection.js'

/** A list of RTK Query that is loaded over the socket and kept up to date by a channel. */
export function QueryPage() {
  const [speed, setSpeed] = useState<EditSpeed>('0')
  return (
    <main className="page page-split">
      <StatusPanel connection={rpc.name} />
      <div className="column column-side">
        <AddPanel />
        <EditSpeedPanel speed={speed} onSpeed={setSpeed} />
        <OutagePanel />
      </div>
      <QueryPanel seconds={Number(speed)} />
    </main>
  )
}
