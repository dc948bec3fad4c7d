import { Composer } from '../components/Composer.js'
import { ConnectionPanel } from '../components/ConnectionPanel.js'
import { FaultPanel } from '../components/FaultPanel.js'
import { ReduxDevToolsPanel } from '../components/inspector/ReduxDevToolsPanel.js'
import { ScenarioPanel } from '../components/inspector/ScenarioPanel.js'
import { StatusPanel } from '../components/StatusPanel.js'
import { useConnectOnLoad } from '../components/useConnectOnLoad.js'
import { SocketDevtools } from '../../../src/devtools/index.js'
import { recorder } from '../inspector/recorder.js'

/** The devtools that any app can mount, and a server whose faults can be switched on. */
export function InspectorPage() {
  useConnectOnLoad()
  return (
    <main className="page">
      <StatusPanel />
      <div className="column column-commands">
        <ScenarioPanel />
        <Composer />
        <ConnectionPanel />
      </div>
      <div className="column column-log panel">
        <SocketDevtools recorder={recorder} isEmbedded />
      </div>
      <div className="column column-server">
        <FaultPanel />
        <ReduxDevToolsPanel />
      </div>
    </main>
  )
}
