import { useState } from 'react'
import { CallPanel } from '../components/functions/CallPanel.js'
import { CallsPanel } from '../components/functions/CallsPanel.js'
import { OutagePanel } from '../components/functions/OutagePanel.js'
import { StoryPanel } from '../components/functions/StoryPanel.js'
import { useCalls } from '../components/functions/useCalls.js'
import { StatusPanel } from '../components/StatusPanel.js'
import { rpc } from '../functions/connection.js'
import type { Transport } from '../functions/remote.js'

/** The functions of the server, called over the socket or HTTP. */
export function FunctionsPage() {
  const [transport, setTransport] = useState<Transport>('socket')
  const { calls, start } = useCalls()
  return (
    <main className="page page-split">
      <StatusPanel connection={rpc.name} />
      <div className="column column-side">
        <CallPanel
          transport={transport}
          onTransport={setTransport}
          onCall={(example) => void start(example, transport)}
        />
        <StoryPanel />
        <OutagePanel />
      </div>
      <CallsPanel calls={calls} />
    </main>
  )
}
