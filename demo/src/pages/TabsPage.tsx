import { StatusPanel } from '../components/StatusPanel.js'
import { LinesPanel } from '../components/tabs/LinesPanel.js'
import { SharePanel } from '../components/tabs/SharePanel.js'
import { tabsSocket } from '../tabs/socket.js'

/** Tabs that share one connection. */
export function TabsPage() {
  return (
    <main className="page page-split">
      <StatusPanel connection={tabsSocket.name} />
      <div className="column column-side">
        <SharePanel />
      </div>
      <LinesPanel />
    </main>
  )
}
