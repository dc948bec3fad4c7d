import { useEffect } from 'react'
import { selectExchanges } from '../../chat/chatSlice.js'
import { chats } from '../../chat/connections.js'
import { listenForEchoes } from '../../chat/sendMessage.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { Panel } from '../Panel.js'
import { ChatForm } from './ChatForm.js'
import { ChatStatus } from './ChatStatus.js'
import { ExchangeView } from './ExchangeView.js'

export function ChatPanel() {
  const dispatch = useAppDispatch()
  const exchanges = useAppSelector(selectExchanges)
  useEffect(() => {
    const stops = chats.map((chat) => dispatch(listenForEchoes(chat)))
    return () => {
      for (const stop of stops) stop()
    }
  }, [dispatch])
  return (
    <Panel title="One message in JSON, CBOR and MessagePack" className="chat" aside={<ChatStatus />}>
      <p className="note">
        Three connections to the same echo server, which open when this page is shown. The bytes are those of the sent
        frames.
      </p>
      <ChatForm />
      {exchanges.map((exchange, index) => (
        <ExchangeView key={exchange.n} exchange={exchange} isNewest={index === 0} />
      ))}
    </Panel>
  )
}
