import { byteLength, ownCopy, type Frame } from '../internal/bytes.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import { encodeProblem } from './encodeProblem.js'
import {
  dropEntries,
  flushEntries,
  keepWithinBounds,
  type EncodeEntry,
  type Entry,
  type SendQueue,
} from './sendQueue.js'

const drop = (queue: SendQueue, entry: Entry, reason: 'invalid' | 'too_large' | 'overflow'): void => {
  dropEntries(queue, (other) => other === entry, reason)
  flushEntries(queue)
}

/** The frame of an entry is encoded: writes it or, when it must wait on, checks it against the bounds. */
const onEncoded = (queue: SendQueue, entry: Entry, frame: Frame): void => {
  entry.encoding = undefined
  entry.encoded = frame
  flushEntries(queue)
  if (!queue.entries.has(entry)) return
  entry.encoded = ownCopy(frame)
  entry.bytes = byteLength(frame)
  queue.bytes += entry.bytes
  if (entry.bytes > queue.limits.maxBytes) drop(queue, entry, 'too_large')
  else if (!keepWithinBounds(queue, entry)) drop(queue, entry, 'overflow')
}

const fail = (queue: SendQueue, entry: Entry, error: unknown): void => {
  queue.context.events.emit('error', encodeProblem(error))
  drop(queue, entry, 'invalid')
}

/** For queues with async features: async codecs and schemas, and codecs that the server chooses. */
export const encodeEntry: EncodeEntry = (queue, entry, encoding) => {
  entry.encoding = encoding
  const whileCurrent =
    <Result>(end: (queue: SendQueue, entry: Entry, result: Result) => void) =>
    (result: Result) =>
      queue.context.taskQueue.enqueue(() => {
        if (entry.encoding === encoding && queue.entries.has(entry)) end(queue, entry, result)
      })
  encoding.then(whileCurrent(onEncoded), whileCurrent(fail))
}

/** Encodes every entry again that can be: none goes out in the form of another codec. */
export const reencode = (queue: SendQueue): void => {
  const stale = [...queue.entries].filter((entry) => entry.encode)
  for (const entry of stale) {
    queue.bytes -= entry.bytes
    entry.bytes = 0
    entry.encoded = entry.encoding = undefined
  }
  for (const entry of stale) {
    try {
      const frame = entry.encode!()
      if (isPromiseLike(frame)) encodeEntry(queue, entry, frame)
      else onEncoded(queue, entry, frame)
    } catch (error) {
      fail(queue, entry, error)
    }
  }
}
