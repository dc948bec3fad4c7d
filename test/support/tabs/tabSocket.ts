import type { SharedWebSocket } from '../../../src/tabs/index.js'
import type { WorldTab } from './tabWorld.js'

/** What a socket has done. */
export interface RecordedSocket {
  readonly socket: SharedWebSocket
  /** The types of its events, with the code and the reason of a close. */
  readonly events: string[]
  /** The messages. */
  readonly messages: unknown[]
}

export const ADDRESS = 'wss://server.example/feed'

/** Creates a socket in a tab and records its events. */
export const openSocket = (tab: WorldTab, url = ADDRESS, protocols?: string[]): RecordedSocket => {
  const socket = new tab.WebSocket(url, protocols)
  const recorded: RecordedSocket = { socket, events: [], messages: [] }
  socket.addEventListener('open', () => recorded.events.push('open'))
  socket.addEventListener('error', () => recorded.events.push('error'))
  socket.addEventListener('message', (event) => recorded.messages.push((event as MessageEvent).data))
  socket.addEventListener('close', (event) => {
    const { code, reason, wasClean } = event
    recorded.events.push(`close ${code} ${reason} ${wasClean ? 'clean' : 'not clean'}`)
  })
  return recorded
}
