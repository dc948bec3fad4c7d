import { useEffect } from 'react'
import { selectExchanges } from '../../chat/chatSlice.js'
import { chats } from '../../chat/connections.js'
import { listen } from '../../chat/say.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { Panel } from '../Panel.js'
import { ChatForm } from './ChatForm.js'
import { ChatStatus } from './ChatStatus.js'
import { ExchangeView } from './ExchangeView.js'

export function ChatPanel() {
  const dispatch = useAppDispatch()
  const exchanges = useAppSelector(selectExchanges)
  useEffect(() => {
    const ends = chats.map((chat) => dispatch(listen(chat)))
    return () => {
      for (const end of ends) end()
    }
  }, [dispatch])
  return (
    <Panel title="One message in JSON, CBOR and MessagePack" className="chat" aside={<ChatStatus />}>
      <p className="note">
        Three connections to the same echo server, opened when this page listens. The bytes are the frames that left.
      </p>
      <ChatForm />
      {exchanges.map((exchange, index) => (
        <ExchangeView key={exchange.n} exchange={exchange} isNewest={index === 0} />
      ))}
    </Panel>
  )
}
