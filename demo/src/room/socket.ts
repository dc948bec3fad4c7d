import { createAction } from '@reduxjs/toolkit'
import { createSocketActions } from '../../../src/index.js'
import { createSessionActions } from '../../../src/session/index.js'
import type { Draft, RoomMessage } from './messages.js'

/** The actions of the connection to the room. */
export const roomSocket = createSocketActions('room')

export const { acknowledged } = createSessionActions(roomSocket)

/** The server sends a message of another page. */
export const said = createAction<RoomMessage>('room/said')

/** The server sends all messages so far, at the start of each new session. */
export const entered = createAction<readonly RoomMessage[]>('room/entered')

/** A message of this page. The connection sends this action. */
export const say = createAction<Draft>('room/say')
