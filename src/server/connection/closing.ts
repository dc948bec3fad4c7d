import { fitReason } from '../../connection/closeCodes.js'
import { after } from '../../internal/clock.js'
import { codedError } from '../../internal/errors.js'
import type { ServerSocket } from './serverSocket.js'

/** `readyState` of an open socket. */
export const OPEN_STATE = 1

/** Why this end has ended a connection. A property of the socket, because every part of the server may end it and few have more than the socket. */
const endReason = Symbol('endReason')
interface EndingSocket {
  [endReason]?: string
}

/** Remembers why this end ends a connection; the first reason counts. */
export const setEndReason = (ws: ServerSocket, reason: string): void => {
  const ending = ws as EndingSocket
  ending[endReason] ??= fitReason(reason)
}

/** Returns why this end has ended a connection; `undefined` when the client or the network has. */
export const endReasonOf = (ws: ServerSocket): string | undefined => (ws as EndingSocket)[endReason]

/** Disconnects a client without a close frame. */
export const terminateWith = (ws: ServerSocket, reason: string): void => {
  setEndReason(ws, reason)
  ws.terminate()
}

/** Starts the closing handshake (RFC 6455 section 7.1.2). A client that does not complete it within `timeout` ms is disconnected. */
export const closeWithin = (ws: ServerSocket, code: number, reason: string, timeout: number): void => {
  if (ws.readyState > OPEN_STATE) return
  setEndReason(ws, reason)
  const cancel = after(timeout, () => ws.terminate())
  ws.once('close', cancel)
  ws.close(code, fitReason(reason))
}

/** The codes of a connection that has come to its end. With any other the app refuses the client. */
const ordinaryCodes: ReadonlySet<number> = new Set([1000, 1001, 1012, 1013])

/** Whether messages that the client sends until it has received our close frame are still processed. */
export const receivesAfterClose = (code: number): boolean => ordinaryCodes.has(code)

/** The codes of RFC 6455 section 7.4.1 and the IANA registry that a server may send in a close frame. */
const serverCodes: ReadonlySet<number> = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014])

/** Whether a server may send the code in a close frame. */
export const isCloseCode = (code: number): boolean =>
  serverCodes.has(code) || (Number.isInteger(code) && code >= 3000 && code <= 4999)

/** @throws `invalid_close_code` for a code that a server must not send */
export const checkCloseCode = (code: number): void => {
  if (isCloseCode(code)) return
  const expected = 'one that a server may send (1000–1014 without 1004–1006 and 1010, or 3000–4999)'
  throw codedError('invalid_close_code', `connection.close: expected a close code, ${expected}, got ${code}.`)
}
