import { nanoid } from '@reduxjs/toolkit'
import type { AppDispatch } from '../store.js'
import type { RoomMessage } from './messages.js'
import { roomSocket, say } from './socket.js'

/** The name of this page for the others. */
const pageName = `Page ${nanoid(4)}`

/** Sends a message to all pages. */
export const sendMessage = (text: string) => (dispatch: AppDispatch) =>
  dispatch(roomSocket.send(say({ id: nanoid(), from: pageName, text })))

/**
 * Sends an indeterminate message again. The library does not do that by itself, because the server may have handled the message. This app can: its server
 * ignores a repeated id.
 */
export const sendAgain =
  ({ id, from, text }: RoomMessage) =>
  (dispatch: AppDispatch) =>
    dispatch(roomSocket.send(say({ id, from, text, isRepeated: true })))
