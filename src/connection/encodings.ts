import { byteLength, ownCopy, type Frame } from '../internal/bytes.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import { encodeProblem } from './encodeProblem.js'
import type { Encodings, Entry, Queue } from './sendQueue.js'

const drop = ({ remove, flush }: Queue, entry: Entry, reason: 'invalid' | 'too_large' | 'overflow') => {
  remove((other) => other === entry, reason)
  flush()
}

/** The frame of an entry is there. Written or, when it must wait on, held to the bounds. */
const setFrame = (queue: Queue, entry: Entry, frame: Frame): void => {
  entry.encoding = undefined
  entry.made = frame
  queue.flush()
  if (!queue.entries().includes(entry)) return
  entry.made = ownCopy(frame)
  entry.bytes = byteLength(frame)
  if (entry.bytes > queue.limits.maxBytes) drop(queue, entry, 'too_large')
  else if (!queue.makeRoomFor(entry)) drop(queue, entry, 'overflow')
}

const fail = (queue: Queue, entry: Entry, error: unknown): void => {
  queue.context.events.emit('error', encodeProblem(error))
  drop(queue, entry, 'invalid')
}

const encode = (queue: Queue, entry: Entry, encoding: PromiseLike<Frame>): void => {
  entry.encoding = encoding
  const ifCurrent = (task: () => void) =>
    queue.context.taskQueue.enqueue(() => {
      if (entry.encoding === encoding && queue.entries().includes(entry)) task()
    })
  encoding.then(
    (frame) => ifCurrent(() => setFrame(queue, entry, frame)),
    (error: unknown) => ifCurrent(() => fail(queue, entry, error)),
  )
}

/** Encodes every entry again that can be; none goes out as it was. */
const reencode = (queue: Queue): void => {
  const stale = queue.entries().filter((entry) => entry.encode)
  for (const entry of stale) {
    entry.bytes = 0
    entry.made = entry.encoding = undefined
  }
  for (const entry of stale) {
    let frame: MaybePromise<Frame>
    try {
      frame = entry.encode!()
    } catch (error) {
      fail(queue, entry, error)
      continue
    }
    if (isPromiseLike(frame)) encode(queue, entry, frame as PromiseLike<Frame>)
    else setFrame(queue, entry, frame)
  }
}

/** For queues whose frames may be pending: async codecs and schemas, and codecs that the server chooses. */
export const encodings: Encodings = { encode, reencode }
