import { nanoid } from '@reduxjs/toolkit'
import type { Connection } from '../connection/connection.js'
import { encodeProblem } from '../connection/encodeProblem.js'
import type { SendOptions, SendResult } from '../connection/types.js'
import { isFrame, type Frame } from '../internal/bytes.js'
import { codedError, show } from '../internal/errors.js'
import { ignoreRejection, isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'

/** Sends a value. Never throws. */
export type Sender = (value: unknown, options?: SendOptions) => SendResult

/** A frame that the app made itself. */
export const toRawFrame = (frame: unknown): Frame => {
  if (isFrame(frame)) return frame
  throw codedError('encode_failed', __DEV__ ? `Expected a string or bytes, got ${show(frame)}.` : '')
}

/** Creates senders of one connection: value → `toFrame` → connection. `mayChange`: the codec may change while a send waits. */
export const createSenders = (connection: Connection, mayChange: boolean) => {
  const seed = nanoid(6)
  let count = 0
  return (toFrame: (value: unknown) => MaybePromise<Frame>): Sender =>
    (value, options) => {
      const id = options?.id ?? `${seed}:${++count}`
      let frame
      try {
        frame = toFrame(value)
      } catch (error) {
        connection.events.report(encodeProblem(error))
        return connection.events.refuse('invalid', id)
      }
      const sent = isPromiseLike(frame) ? undefined : connection.trySend(id, frame)
      if (sent) return sent
      // The queue reports a rejection. A send that is refused before it gets there leaves nobody to handle it.
      ignoreRejection(frame)
      return connection.send({
        id,
        frame,
        whenOffline: options?.whenOffline,
        ttl: options?.ttl,
        encode: mayChange ? () => toFrame(value) : undefined,
      })
    }
}
