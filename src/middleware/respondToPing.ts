import type { Link } from '../connection/hooks.js'
import { isAscii, isFrame, type ReceivedFrame } from '../internal/bytes.js'
import { isPromiseLike, mapMaybePromise } from '../internal/maybePromise.js'
import type { Feature } from './feature.js'
import * as order from './order.js'
import { tryDecode } from './pipeline.js'

/** Answers the server's pings. The store does not see them. */
export const pingFeature: Feature<'respondToPing'> = {
  options: ['respondToPing'],
  order: order.ping,
  create: ({ guard, options, pipeline }) => {
    const { respondToPing = !pipeline.isPlainText } = options
    if (!respondToPing) return undefined
    const { ping = 'ping', pong = 'pong' } = respondToPing as { readonly ping?: string; readonly pong?: string }
    let link: Link | undefined
    const replyTo = (frame: ReceivedFrame, message: unknown): unknown =>
      typeof respondToPing === 'function'
        ? guard('respondToPing', () => {
            const reply = respondToPing(message ?? tryDecode(pipeline, frame), frame)
            if (__DEV__ && isPromiseLike(reply)) throw new TypeError('expected the answer, got a promise')
            return reply
          })
        : isAscii(frame, ping)
          ? pong
          : undefined
    const answer = (frame: ReceivedFrame, message?: unknown): boolean => {
      const reply = replyTo(frame, message)
      if (reply == null || reply === false) return false
      guard('respondToPing', () => mapMaybePromise(isFrame(reply) ? reply : pipeline.encode(reply), link!.send))
      return true
    }
    return {
      onSocketOpen: (opened) => {
        link = opened
      },
      onFrame: answer,
      onDecoded: answer,
    }
  },
}
