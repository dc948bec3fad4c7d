import type { Link } from '../connection/hooks.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { Pipeline } from '../middleware/feature.js'

/** Sends values in order, past the queue. */
export interface ValueSender {
  /** A promise while the frame, or one before it, is still being encoded. */
  readonly send: (value: unknown) => void | Promise<void>
  /** The promises that `send` returned. */
  readonly sending: Promise<void>[]
}

/** Creates a sender for a socket that is not ready for the queue yet. */
export const createValueSender = (link: Link, toFrame: Pipeline['toFrame']): ValueSender => {
  const sending: Promise<void>[] = []
  let last: Promise<unknown> | undefined
  const send = (value: unknown): void | Promise<void> => {
    const frame = toFrame(value)
    if (!last && !isPromiseLike(frame)) return link.send(frame)
    const sent = Promise.all([frame, last]).then(([ready]) => link.send(ready))
    sending.push(sent)
    // A value that cannot be encoded must not let the next one pass the ones before it.
    last = Promise.allSettled([sent, last])
    return sent
  }
  return { send, sending }
}
