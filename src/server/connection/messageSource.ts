import type { Guard } from '../../internal/guard.js'
import type { MessageInfo, Messages, ServerConnection } from '../types.js'
import { createReaderQueue, type ReaderQueue } from './readerQueue.js'

type Listener = (value: unknown, sender: ServerConnection, info: MessageInfo) => unknown
/** An object for each listener: the same function may be added twice. */
type ListenerSet = Set<{ readonly listener: Listener }>

/** A message, and who gets what with it. */
export interface Emission {
  readonly message: unknown
  readonly sender: ServerConnection
  readonly info: MessageInfo
  /** The size of its frame. */
  readonly bytes: number
  /** Runs the listeners. */
  readonly guard: Guard
}

/** {@link Messages}, and what emits them. */
export interface MessageSource<Item> extends Messages<unknown, Item, ServerConnection> {
  /** Calls `listener` with the payload of each message of that type; the function returned removes it. */
  readonly onType: (type: string, listener: Listener) => () => void
  /**
   * Emits a message to listeners and to loops. Returns a promise when a loop reads too slowly: the message is emitted, and the promise resolves, when there is
   * room for it.
   */
  readonly emit: (emission: Emission) => Promise<void> | undefined
  /** Ends all loops once they have read what waits for them. */
  readonly end: () => void
}

/** The options of {@link createMessageSource}. */
export interface MessageSourceOptions<Item> {
  /** Creates what a loop gets. */
  readonly toItem: (message: unknown, sender: ServerConnection) => Item
  /** Whether messages are kept for the first loop, which may start late. */
  readonly keepsFirst?: boolean
}

interface SourceState<Item> extends MessageSourceOptions<Item> {
  // Created when they are needed: each connection has a source, and most have no listener.
  all: ListenerSet | undefined
  byType: Map<string, ListenerSet> | undefined
  queues: Set<ReaderQueue<Item>> | undefined
  /** The queue of the first loop. */
  kept: ReaderQueue<Item> | undefined
  /** What waits until all loops have room, the oldest first. */
  held: Set<() => void> | undefined
  hasEnded: boolean
}

const hasRoom = <Item>({ queues }: SourceState<Item>): boolean => {
  for (const queue of queues ?? []) if (queue.isFull()) return false
  return true
}

/** Emits what waits, one after the other, for as long as there is room. */
const releaseHeld = <Item>(state: SourceState<Item>): void => {
  for (const emit of state.held ?? []) {
    if (!hasRoom(state)) return
    state.held?.delete(emit)
    emit()
  }
}

const addQueue = <Item>(state: SourceState<Item>): ReaderQueue<Item> => {
  // A reader may be in the middle of a message: what waits for it comes after that.
  const release = () => void Promise.resolve().then(() => releaseHeld(state))
  const queue = createReaderQueue<Item>({
    onRead: () => {
      if (state.held && state.held.size > 0) release()
    },
    onEnd: () => {
      state.queues?.delete(queue)
      release()
    },
  })
  state.queues = (state.queues ?? new Set()).add(queue)
  return queue
}

const addByType = <Item>(state: SourceState<Item>, type: string, listener: Listener): (() => void) => {
  const entry = { listener }
  const entries = state.byType?.get(type) ?? new Set()
  state.byType = (state.byType ?? new Map<string, ListenerSet>()).set(type, entries.add(entry))
  return () => {
    entries.delete(entry)
    if (entries.size === 0 && state.byType?.get(type) === entries) state.byType.delete(type)
  }
}

const callListeners = (
  { guard, sender, info }: Emission,
  what: string,
  listeners: ListenerSet,
  value: unknown,
): void => {
  // A copy: a listener that is added meanwhile gets the next message, one that is removed meanwhile gets none.
  for (const entry of Array.from(listeners)) {
    if (listeners.has(entry)) guard(what, () => entry.listener(value, sender, info))
  }
}

const emitMessage = <Item>(state: SourceState<Item>, emission: Emission): void => {
  const { message, sender, bytes } = emission
  if (state.queues) for (const queue of state.queues) queue.push(state.toItem(message, sender), bytes)
  if (state.all) callListeners(emission, 'A listener to messages', state.all, message)
  if (!state.byType || state.byType.size === 0) return
  const { type, payload } = (message ?? {}) as { type?: unknown; payload?: unknown }
  const listeners = typeof type === 'string' ? state.byType.get(type) : undefined
  if (listeners) callListeners(emission, 'A listener to messages of a type', listeners, payload)
}

/** Emits a message, or holds it until there is room. */
const emitInTurn = <Item>(state: SourceState<Item>, emission: Emission): Promise<void> | undefined => {
  const isFree = !state.queues || ((state.held?.size ?? 0) === 0 && hasRoom(state))
  if (isFree) {
    emitMessage(state, emission)
    return undefined
  }
  return new Promise<void>((resolve) => {
    state.held = (state.held ?? new Set()).add(() => {
      emitMessage(state, emission)
      resolve()
    })
  })
}

/** Creates a source of messages. */
export const createMessageSource = <Item>(options: MessageSourceOptions<Item>): MessageSource<Item> => {
  const { toItem, keepsFirst = false } = options
  const state: SourceState<Item> = {
    toItem,
    all: undefined,
    byType: undefined,
    queues: undefined,
    kept: undefined,
    held: undefined,
    hasEnded: false,
  }
  if (keepsFirst) state.kept = addQueue(state)
  return {
    forEach: (listener) => {
      const entry = { listener }
      state.all = (state.all ?? new Set()).add(entry)
      return () => void state.all?.delete(entry)
    },
    onType: (type, listener) => addByType(state, type, listener),
    [Symbol.asyncIterator]: () => {
      const queue = state.kept ?? addQueue(state)
      state.kept = undefined
      if (state.hasEnded) queue.end()
      return queue.read()
    },
    emit: (emission) => emitInTurn(state, emission),
    end: () => {
      state.hasEnded = true
      for (const queue of state.queues ?? []) queue.end()
    },
  }
}
