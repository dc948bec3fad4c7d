import { useState } from 'react'
import { MessagesPanel } from '../components/room/MessagesPanel.js'
import { RoomFaultsPanel } from '../components/room/RoomFaultsPanel.js'
import { useRoomStatus } from '../components/room/useRoomStatus.js'
import { VerdictPanel } from '../components/room/VerdictPanel.js'
import { StatusPanel } from '../components/StatusPanel.js'
import { roomSocket } from '../room/socket.js'

/** A room whose connection can be broken, with what happened to each message. */
export function SessionsPage() {
  const [result, setResult] = useState('')
  const { status, run } = useRoomStatus(setResult)
  return (
    <main className="page page-split">
      <StatusPanel connection={roomSocket.name} />
      <div className="column column-side">
        <VerdictPanel />
        <RoomFaultsPanel status={status} result={result} onRun={run} />
      </div>
      <MessagesPanel handled={status?.handled} />
    </main>
  )
}
