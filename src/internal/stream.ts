/** An async iterator that is fed from outside. */
export interface Stream<Value> {
  /** For the reader: values in order, those that came before the end included. */
  readonly iterator: AsyncIterableIterator<Value>
  /** Gives the reader a value. */
  readonly push: (value: Value) => void
  /** Ends it once what has been pushed is read; with an error, which the reader is thrown. */
  readonly end: (error?: Error) => void
  /** Whether it has ended, whoever did it. */
  readonly hasEnded: () => boolean
}

interface Reader<Value> {
  readonly resolve: (result: IteratorResult<Value, undefined>) => void
  readonly reject: (error: Error) => void
}

const done = { done: true, value: undefined } as const

/**
 * Creates a stream. Values wait for a slow reader, up to `maxBuffered`, then it ends with the error that `overflow` makes. `onEnd` is called once,
 * when it has ended, by the reader's `break` too.
 */
export const createStream = <Value>(maxBuffered: number, overflow: () => Error, onEnd: () => void): Stream<Value> => {
  let buffered: Value[] = []
  /** How many of them are read: taking the first one out of an array moves all the others. */
  let read = 0
  let readers: Reader<Value>[] = []
  let ended: { error: Error | undefined } | undefined

  const end = (error?: Error) => {
    if (ended) return
    ended = { error }
    onEnd()
    const left = readers
    readers = []
    for (const reader of left) finish(reader)
  }
  /** The error is thrown once, as a generator does. */
  const finish = ({ resolve, reject }: Reader<Value>) => {
    const error = ended?.error
    ended = { error: undefined }
    if (error) reject(error)
    else resolve(done)
  }
  const take = (): Value => {
    const value = buffered[read++]!
    if (read * 2 > buffered.length) {
      buffered = buffered.slice(read)
      read = 0
    }
    return value
  }
  const iterator: AsyncIterableIterator<Value> = {
    next: () =>
      new Promise((resolve, reject) => {
        if (read < buffered.length) resolve({ done: false, value: take() })
        else if (ended) finish({ resolve, reject })
        else readers.push({ resolve, reject })
      }),
    return: () => {
      buffered = []
      read = 0
      end()
      ended = { error: undefined }
      return Promise.resolve(done)
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return {
    iterator,
    end,
    hasEnded: () => ended !== undefined,
    push: (value) => {
      if (ended) return
      const reader = readers.shift()
      if (reader) reader.resolve({ done: false, value })
      else if (buffered.length - read < maxBuffered) buffered.push(value)
      else end(overflow())
    },
  }
}
