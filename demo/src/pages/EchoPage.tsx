import { Composer } from '../components/Composer.js'
import { ConnectionPanel } from '../components/ConnectionPanel.js'
import { FaultPanel } from '../components/FaultPanel.js'
import { LogPanel } from '../components/LogPanel.js'
import { StatePanel } from '../components/StatePanel.js'
import { StatusPanel } from '../components/StatusPanel.js'

/** One connection, the log of its actions, and a server whose faults can be switched on. */
export function EchoPage() {
  return (
    <main className="page">
      <StatusPanel />
      <div className="column column-commands">
        <ConnectionPanel />
        <Composer />
      </div>
      <div className="column column-log">
        <LogPanel />
      </div>
      <div className="column column-server">
        <FaultPanel />
        <StatePanel />
      </div>
    </main>
  )
}
