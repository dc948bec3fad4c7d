import type { Link } from '../connection/hooks.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import type { Pipeline } from '../middleware/feature.js'
import type { DirectSend } from './rpc.js'

const ignore = () => {}

/** Sends values past the queue, in order. `pending()` is a promise, which never rejects, while frames are still being encoded. */
export const createDirectSend = (
  link: Link,
  encode: Pipeline['encode'],
): { readonly send: DirectSend; readonly pending: () => Promise<void> | undefined } => {
  let last: Promise<void> | undefined
  return {
    send: (value): MaybePromise<void> => {
      const frame = encode(value)
      if (!last && !isPromiseLike(frame)) return link.send(frame)
      const sent = Promise.all([frame, last]).then(([encoded]) => link.send(encoded))
      last = sent.catch(ignore)
      return sent
    },
    pending: () => last,
  }
}
