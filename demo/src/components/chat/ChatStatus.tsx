import { selectSocket } from '../../../../src/index.js'
import { chats, type Chat } from '../../chat/connections.js'
import { useAppSelector } from '../../hooks.js'
import { statusPhrase } from '../../statusPhrase.js'

/** A connection a codec: what each is doing, and what last went wrong there. */
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
      {label}: {statusPhrase(socket).toLowerCase()}
      {socket.error && socket.status !== 'failed' && ` (${socket.error.code})`}
    </li>
  )
}
