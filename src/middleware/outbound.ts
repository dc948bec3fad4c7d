import { nanoid } from '@reduxjs/toolkit'
import type { SendResult } from '../actions/commands.js'
import { encodeProblem } from '../connection/encodeProblem.js'
import type { Connection } from '../connection/settings.js'
import type { SendOptions } from '../connection/types.js'
import { codedError, show } from '../internal/errors.js'
import { isFrame, type Frame } from '../internal/bytes.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import type { Pipeline } from './pipeline.js'

/** Sends a value; never throws. */
export type Sender = (value: unknown, options?: SendOptions) => SendResult

/** A frame that the app made itself. */
export const toRawFrame = (frame: unknown): Frame => {
  if (isFrame(frame)) return frame
  throw codedError('encode_failed', __DEV__ ? `Expected a string or bytes, got ${show(frame)}.` : '')
}

/** Creates senders of one connection: value → `toFrame` → connection. */
export const createSenders = (connection: Connection, { mayChange }: Pipeline) => {
  const seed = nanoid(6)
  let count = 0
  return (toFrame: (value: unknown) => MaybePromise<Frame>): Sender =>
    (value, { whenOffline, ttl, id = `${seed}:${String(++count)}` } = {}) => {
      let frame
      try {
        frame = toFrame(value)
      } catch (error) {
        connection.events.report(encodeProblem(error))
        return { id, ...connection.events.refuse('invalid', id) }
      }
      // The queue reports a rejection; one that is refused before it gets there is read by nobody.
      if (isPromiseLike(frame)) frame.then(undefined, () => {})
      const result = connection.send({
        id,
        frame,
        whenOffline,
        ttl,
        encode: mayChange ? () => toFrame(value) : undefined,
      })
      // Not spread: every send passes here.
      return result.delivery === 'sent' ? { id, delivery: 'sent' } : { id, ...result }
    }
}
