import { Composer } from './components/Composer.js'
import { ConnectionPanel } from './components/ConnectionPanel.js'
import { FaultPanel } from './components/FaultPanel.js'
import { LogPanel } from './components/LogPanel.js'
import { StatePanel } from './components/StatePanel.js'
import { StatusPanel } from './components/StatusPanel.js'
import { ThemeToggle } from './components/ThemeToggle.js'

export function App() {
  return (
    <>
      <header className="page-head">
        <div>
          <h1>reduplex</h1>
          <p>A WebSocket in a Redux store, and a server whose faults you can switch on.</p>
        </div>
        <ThemeToggle />
      </header>
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
    </>
  )
}
