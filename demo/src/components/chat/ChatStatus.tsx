import { selectSocket } from '../../../../src/index.js'
import { chats, type Chat } from '../../chat/connections.js'
import { useAppSelector } from '../../hooks.js'
import { describeStatus } from '../../describeStatus.js'

/** The status and the last error of each connection. */
export function ChatStatus() {
  return (
    <ul className="chat-status" aria-label="Connections of the chat" aria-live="polite">
      {chats.map((chat) => (
        <ChatStatusItem key={chat.format} chat={chat} />
      ))}
    </ul>
  )
}

function ChatStatusItem({ chat: { label, actions } }: { readonly chat: Chat }) {
  const socket = useAppSelector((state) => selectSocket(state, actions.name))
  return (
    <li className={`status-${socket.status}`} title={socket.error?.message}>
      <span className="status-dot" aria-hidden="true" />
      {label}: {describeStatus(socket).toLowerCase()}
      {socket.error && socket.status !== 'failed' && ` (${socket.error.code})`}
    </li>
  )
}
