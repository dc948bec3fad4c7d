import type { AppDispatch, RootState } from '../store.js'
import { answered, said, selectExchange, selectNextNumber, type Outgoing } from './chatSlice.js'
import { chats, type Chat, type Format } from './connections.js'
import { inspect } from './inspect.js'
import { compose, numberOf, type Cargo } from './message.js'
import { sameValue } from './sameValue.js'

/** Sends the same message on every connection. */
export function say(text: string, cargo: Cargo) {
  return (dispatch: AppDispatch, getState: () => RootState) => {
    const draft = { n: selectNextNumber(getState()), text, cargo, at: Date.now() }
    const message = compose(draft)
    const sent = chats.map(({ format, actions, lastFrame }): readonly [Format, Outgoing] => {
      const { delivery, ...rest } = dispatch(actions.send(message))
      const reason = 'reason' in rest ? { reason: rest.reason } : {}
      return [format, { delivery, ...reason, frame: lastFrame() }]
    })
    dispatch(said({ ...draft, sent: Object.fromEntries(sent) as Record<Format, Outgoing> }))
  }
}

/** Listens on one connection; returns what ends it. Listeners get messages as decoded, with Dates and bytes. */
export function listen({ format, actions }: Chat) {
  return (dispatch: AppDispatch, getState: () => RootState) =>
    dispatch(
      actions.listen('chat/said', (message) => {
        const n = numberOf(message)
        const exchange = n === undefined ? undefined : selectExchange(getState(), n)
        if (!exchange) return
        const isSame = sameValue(message, compose(exchange))
        dispatch(answered({ n: exchange.n, format, text: inspect(message), isSame }))
      }),
    )
}
