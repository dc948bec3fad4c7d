import { nanoid } from '@reduxjs/toolkit'
import type { AppDispatch } from '../store.js'
import { roomSocket, say } from './socket.js'
import type { Entry } from './roomSlice.js'

/** The name of this page for the others. */
export const pageName = `Page ${nanoid(4)}`

/** Says something to all pages. */
export const sendMessage = (text: string) => (dispatch: AppDispatch) =>
  dispatch(roomSocket.send(say({ id: nanoid(), from: pageName, text })))

/** Sends a message again whose fate is not known. The server leaves it out if it has it: the app decides, as it knows what a message does. */
export const sendAgain =
  ({ id, from, text }: Entry) =>
  (dispatch: AppDispatch) =>
    dispatch(roomSocket.send(say({ id, from, text, isRepeated: true })))
