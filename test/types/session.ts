// The option `session`, and the actions and selectors of `reduplex/session`.
import { configureStore } from '@reduxjs/toolkit'
import {
  createSocketActions,
  createSocketMiddleware,
  type SocketEvents,
  socketReducer,
  type SocketEventCreator,
} from '../../src/index.js'
import {
  createSessionActions,
  getSessionSelectors,
  selectSession,
  selectUnacknowledged,
  sessionFeature,
  socketAcknowledged,
  type AcknowledgedPayload,
  type ClientSessionOptions,
  type SessionActions,
  type SessionSelectors,
  type SessionSocketState,
  type SessionVerdict,
} from '../../src/session/index.js'
import type { Equal, Expect } from './expect.js'

// @ts-expect-error -- needs sessionFeature
createSocketMiddleware({ session: {} })

const create = createSocketMiddleware.with(sessionFeature)
create({ session: { maxMessages: 100, maxBytes: 10_000, ackInterval: 100 } })
create({ session: {} })
// @ts-expect-error -- an object, `{}` for the defaults
create({ session: true })
// @ts-expect-error -- the bounds of the server are its own
create({ session: { ttl: 1 } })
export type AnOptionsMaxMessages = Expect<Equal<ClientSessionOptions['maxMessages'], number | undefined>>

export type AVerdict = Expect<Equal<SessionVerdict, 'none' | 'new' | 'resumed' | 'lost'>>
export type AnOpenedsVerdict = Expect<Equal<SocketEvents['opened']['session'], SessionVerdict | undefined>>

const acknowledged = socketAcknowledged({ ids: ['a'] })
export type AnAcknowledgedsPayload = Expect<Equal<typeof acknowledged.payload, AcknowledgedPayload>>
// @ts-expect-error -- ids are texts
socketAcknowledged({ ids: [1] })

const chat: SessionActions = createSessionActions(createSocketActions('chat'))
export type AnActionsAcknowledged = Expect<Equal<typeof chat.acknowledged, SocketEventCreator<AcknowledgedPayload>>>

const store = configureStore({ reducer: { socket: socketReducer } })
export const verdict: SessionVerdict = selectSession(store.getState(), 'chat')
export const ids: readonly string[] = selectUnacknowledged(store.getState())
// @ts-expect-error -- the slice is not there
selectSession({})

const elsewhere: SessionSelectors<{ readonly live: ReturnType<typeof socketReducer> }> = getSessionSelectors(
  (root: { readonly live: ReturnType<typeof socketReducer> }) => root.live,
)
elsewhere.selectSession({ live: {} })
export const whole = (state: SessionSocketState): readonly string[] => state.unacknowledged
