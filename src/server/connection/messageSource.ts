import { codedError } from '../../internal/errors.js'
import type { Guard } from '../problems.js'
import type { Messages, ServerConnection } from '../types.js'

/** How many messages, and how many bytes of them, wait for a loop that reads slowly. */
const MAX_UNREAD = 1000
const MAX_UNREAD_BYTES = 4 * 1024 * 1024

/** {@link Messages}, and what feeds them. */
export interface Feed<Item> extends Messages<unknown, Item, ServerConnection> {
  /** Tells a message; `size` is that of its frame. */
  readonly emit: (message: unknown, sender: ServerConnection, size: number) => void
  /** Ends all loops, after what they have not read yet. */
  readonly end: () => void
}

interface Reader<Item> {
  readonly give: (item: Item, size: number) => void
  readonly end: () => void
}

const readerTooSlow = () =>
  codedError(
    'reader_too_slow',
    `A loop over messages left ${MAX_UNREAD} of them, or ${MAX_UNREAD_BYTES} bytes, unread.`,
  )

/** A loop's end of the feed. */
const createReader = <Item>(leave: (reader: Reader<Item>) => void): Reader<Item> & AsyncIterableIterator<Item> => {
  const unread: { readonly item: Item; readonly size: number }[] = []
  const asking: ((result: IteratorResult<Item>) => void)[] = []
  let bytes = 0
  let isOver = false
  let failure: Error | undefined

  const finish = () => {
    isOver = true
    leave(reader)
    for (const resolve of asking.splice(0)) resolve({ done: true, value: undefined })
  }
  const reader: Reader<Item> & AsyncIterableIterator<Item> = {
    give: (item, size) => {
      const first = asking.shift()
      if (first) return first({ done: false, value: item })
      bytes += size
      if (unread.length < MAX_UNREAD && bytes <= MAX_UNREAD_BYTES) return void unread.push({ item, size })
      failure = readerTooSlow()
      finish()
    },
    end: finish,
    next: async () => {
      const first = unread.shift()
      if (first) {
        bytes -= first.size
        return { done: false, value: first.item }
      }
      if (failure) {
        const error = failure
        failure = undefined
        throw error
      }
      if (isOver) return { done: true, value: undefined }
      return await new Promise((resolve) => asking.push(resolve))
    },
    return: async () => {
      unread.length = 0
      finish()
      return await Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]: () => reader,
  }
  return reader
}

/**
 * Creates a feed; `toItem` makes what a loop gets of a message and its sender. With `isKept` the first loop begins with the first message,
 * however late it comes.
 */
export const createFeed = <Item>(
  guard: Guard,
  toItem: (message: unknown, sender: ServerConnection) => Item,
  isKept = false,
): Feed<Item> => {
  type Listener = (value: unknown, sender: ServerConnection) => unknown
  // Made when they are needed: there is a feed for each connection, and to most nobody listens.
  let all: Set<{ readonly listener: Listener }> | undefined
  let named: Map<string, Set<{ readonly listener: Listener }>> | undefined
  let readers: Set<Reader<Item>> | undefined
  let isOver = false
  const toReader = () => createReader<Item>((one) => readers?.delete(one))
  let kept = isKept ? toReader() : undefined
  if (kept) readers = new Set([kept])

  const tell = (
    what: string,
    entries: ReadonlySet<{ readonly listener: Listener }>,
    value: unknown,
    sender: ServerConnection,
  ) => {
    // A copy: who listens anew meanwhile hears the next one. Who has been ended meanwhile hears nothing.
    for (const entry of Array.from(entries)) {
      if (entries.has(entry)) guard(what, sender, () => entry.listener(value, sender))
    }
  }

  return {
    forEach: (listener) => {
      const entry = { listener }
      all = (all ?? new Set()).add(entry)
      return () => void all?.delete(entry)
    },
    on: (type, listener) => {
      const entry = { listener }
      const entries = named?.get(type) ?? new Set()
      named = (named ?? new Map<string, typeof entries>()).set(type, entries.add(entry))
      return () => {
        entries.delete(entry)
        if (entries.size === 0 && named?.get(type) === entries) named.delete(type)
      }
    },
    [Symbol.asyncIterator]: () => {
      const reader = kept ?? toReader()
      kept = undefined
      if (isOver) reader.end()
      else readers = (readers ?? new Set()).add(reader)
      return reader
    },
    emit: (message, sender, size) => {
      if (readers) for (const reader of readers) reader.give(toItem(message, sender), size)
      if (all) tell('A listener to messages', all, message, sender)
      if (!named || named.size === 0) return
      const { type, payload } = (message ?? {}) as { type?: unknown; payload?: unknown }
      const entries = typeof type === 'string' ? named.get(type) : undefined
      if (entries) tell(`A listener to messages of a type`, entries, payload, sender)
    },
    end: () => {
      isOver = true
      for (const reader of readers ?? []) reader.end()
    },
  }
}
