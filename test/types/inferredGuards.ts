// TypeScript 5.5 and newer infers that a predicate is a type guard; before that, write it: `(message): message is Left => …`.
import { createListening, createSocketActions, socketListen } from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

type Left = { type: 'chat/left'; payload: string }
type Message = Left | { type: 'chat/said'; payload: Date }
const chat = createSocketActions('chat').withTypes<{ send: string; receive: Message }>()
const { listen, receive } = createListening(chat)

export const listening = [
  listen(
    (message) => message.type === 'chat/left',
    ({ payload }) => payload.toUpperCase(),
  ),
  socketListen(
    (message) => typeof message === 'string',
    (message) => message.toUpperCase(),
  ),
]
const reading = receive((message) => message.type !== 'chat/left')
type Read = typeof reading extends { meta: infer Meta } ? Meta : never
const payloadOf = (message: Message): message is Exclude<Message, Left> => message.type !== 'chat/left'
const readingBySaying = receive(payloadOf)
export type TheSame = Expect<Equal<Read, (typeof readingBySaying)['meta']>>

// Not for destructured parameters, and not when more than the type is checked.
listen(
  ({ type }) => type === 'chat/left',
  (message) => {
    const known: Expect<Equal<typeof message, Message>> = true
    void known
  },
)
listen(
  (message) => message.type === 'chat/left' && message.payload !== '',
  (message) => {
    const known: Expect<Equal<typeof message, Message>> = true
    void known
  },
)
