import type { AppDispatch, RootState } from '../store.js'
import { echoReceived, messageSent, selectExchange, selectNextNumber, type SentFrame } from './chatSlice.js'
import { chats, type Chat, type Format } from './connections.js'
import { inspect } from './inspect.js'
import { isDeepEqual } from './isDeepEqual.js'
import { createMessage, readNumber, type ExtraData } from './message.js'

/** Sends the same message on every connection. */
export function sendInAllFormats(text: string, extra: ExtraData) {
  return (dispatch: AppDispatch, getState: () => RootState) => {
    const draft = { n: selectNextNumber(getState()), text, extra, at: Date.now() }
    const message = createMessage(draft)
    const sent = chats.map(({ format, actions, lastFrame }): readonly [Format, SentFrame] => {
      const { delivery, ...rest } = dispatch(actions.send(message))
      const reason = 'reason' in rest ? { reason: rest.reason } : {}
      return [format, { delivery, ...reason, frame: lastFrame() }]
    })
    dispatch(messageSent({ ...draft, sent: Object.fromEntries(sent) as Record<Format, SentFrame> }))
  }
}

/** Listens for echoes on one connection and returns a function that stops it. Listeners get messages as decoded, Dates and bytes included. */
export function listenForEchoes({ format, listening }: Chat) {
  return (dispatch: AppDispatch, getState: () => RootState) =>
    dispatch(
      listening.listen('chat/said', (message) => {
        const n = readNumber(message)
        const exchange = n === undefined ? undefined : selectExchange(getState(), n)
        if (!exchange) return
        const isEqual = isDeepEqual(message, createMessage(exchange))
        dispatch(echoReceived({ n: exchange.n, format, text: inspect(message), isEqual }))
      }),
    )
}
