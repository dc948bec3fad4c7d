import { ChatPanel } from '../components/chat/ChatPanel.js'
import { ReceivedPanel } from '../components/pictures/ReceivedPanel.js'
import { SendFilePanel } from '../components/pictures/SendFilePanel.js'
import { StatusPanel } from '../components/StatusPanel.js'
import { useConnectOnLoad } from '../components/useConnectOnLoad.js'

/** Bytes in both directions: files, and one message in three codecs. */
export function BytesPage() {
  useConnectOnLoad()
  return (
    <main className="page page-bytes">
      <StatusPanel />
      <SendFilePanel />
      <ReceivedPanel />
      <ChatPanel />
    </main>
  )
}
