import { OutagePanel } from '../components/functions/OutagePanel.js'
import { StatusPanel } from '../components/StatusPanel.js'
import { ClocksPanel } from '../components/time/ClocksPanel.js'
import { ProducersPanel } from '../components/time/ProducersPanel.js'
import { rpc } from '../functions/connection.js'

/** The time of the server, which pushes it to subscribers every second. */
export function TimePage() {
  return (
    <main className="page page-split">
      <StatusPanel connection={rpc.name} />
      <div className="column column-side">
        <ProducersPanel />
        <OutagePanel />
      </div>
      <ClocksPanel />
    </main>
  )
}
