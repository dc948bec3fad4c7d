import { createAction } from '@reduxjs/toolkit'
import { createSocketActions } from '../../../src/index.js'
import { createSessionActions } from '../../../src/session/index.js'
import type { Draft, RoomMessage } from './messages.js'

/** The actions of the connection to the room. */
export const roomSocket = createSocketActions('room')

export const { acknowledged } = createSessionActions(roomSocket)

/** Another page has said something. From the server. */
export const heard = createAction<RoomMessage>('room/heard')

/** What was said so far. From the server, at the start of each new session. */
export const entered = createAction<readonly RoomMessage[]>('room/entered')

/** Says something. What is sent is this action. */
export const say = createAction<Draft>('room/say')
