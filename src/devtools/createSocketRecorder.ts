import type { Action } from '@reduxjs/toolkit'
import { DEFAULT_NAME } from '../actions/creators.js'
import { after, now, type Cancel } from '../internal/clock.js'
import type { SocketsState } from '../state/socketState.js'
import { addPhase, clearLog, createConnectionLog, toRecording, type ConnectionLog } from './connectionLog.js'
import { createTap } from './createTap.js'
import { addState } from './eventLog.js'
import { createMask } from './secrets.js'
import { attachTap, isAttached } from './tap.js'
import type { ConnectionRecording, SocketRecording } from './types.js'

/** How often listeners are called at most, in milliseconds. */
const NOTIFY_MS = 200

/** What a recorder uses of a store. Every Redux store has it. */
export interface RecordedStore {
  /** Passes a command to the middleware. */
  readonly dispatch: (action: Action) => unknown
  /** The state, where the recorder finds the connections. */
  readonly getState: () => unknown
  /** Calls a listener after each change of the state. Returns a function that removes it. */
  readonly subscribe: (listener: () => void) => () => void
}

/** The options of {@link createSocketRecorder}. */
export interface SocketRecorderOptions {
  /**
   * Names of connections that are recorded before they have done anything. The other ones are found in the state with their first action.
   * @default the default connection
   */
  readonly connections?: readonly string[]
  /** Where the state of `socketReducer` is. @default `state.socket` */
  readonly selectSockets?: (state: never) => SocketsState | undefined
  /**
   * Names of members whose values are replaced by “…” in every message. @default names of passwords, tokens, keys of sessions and of APIs, credentials and
   * cookies
   */
  readonly secretNames?: RegExp
}

/** Records the connections of one store. */
export interface SocketRecorder {
  /** The names of the recorded connections. */
  readonly names: () => readonly string[]
  /** A copy of what was recorded of one connection; `undefined` for an unknown name. */
  readonly read: (name: string) => ConnectionRecording | undefined
  /** A copy of everything that was recorded, as plain data for `JSON.stringify`. */
  readonly save: () => SocketRecording
  /** Discards what was recorded of one connection; without a name, of all. */
  readonly clear: (name?: string) => void
  /** Calls a listener after changes, at most five times a second. Returns a function that removes it. */
  readonly subscribe: (listener: () => void) => () => void
  /** A number that is larger after each change. */
  readonly version: () => number
  /** Stops recording. What was recorded can still be read. */
  readonly stop: () => void
}

interface Recorder {
  readonly store: RecordedStore
  readonly logs: Map<string, ConnectionLog>
  readonly detaches: (() => void)[]
  readonly listeners: Set<() => void>
  version: number
  cancel: Cancel | undefined
}

const notify = (recorder: Recorder): void => {
  recorder.cancel = undefined
  for (const listener of recorder.listeners) listener()
}

const touch = (recorder: Recorder): void => {
  recorder.version++
  if (recorder.listeners.size) recorder.cancel ??= after(NOTIFY_MS, () => notify(recorder), true)
}

/** Starts to record a connection. Does nothing for a name that has no middleware in this store. */
const record = (recorder: Recorder, log: ConnectionLog): boolean => {
  const result = recorder.store.dispatch(
    attachTap(
      log.name,
      createTap(log, () => touch(recorder)),
    ),
  )
  if (!isAttached(result)) return false
  log.prefix = result.prefix
  addPhase(log, result.phase)
  recorder.detaches.push(result.detach)
  recorder.logs.set(log.name, log)
  touch(recorder)
  return true
}

const selectDefault = (state: never): SocketsState | undefined => (state as { readonly socket?: SocketsState }).socket

/** Records the changes of the state, and the connections that appear in it. */
const watchState = (
  recorder: Recorder,
  { connections = [DEFAULT_NAME], secretNames, selectSockets = selectDefault }: SocketRecorderOptions,
): void => {
  const { store, logs } = recorder
  const mask = createMask(secretNames)
  /** Names in the state that no middleware of this store has: a state that was stored earlier may have them. */
  const unknown = new Set<string>()
  let last: SocketsState | undefined
  const watch = (name: string) =>
    logs.has(name) || unknown.has(name) || record(recorder, createConnectionLog(name, mask))
  const read = () => {
    const sockets = selectSockets(store.getState() as never)
    if (!sockets || sockets === last) return
    last = sockets
    for (const [name, state] of Object.entries(sockets)) {
      if (!watch(name)) unknown.add(name)
      const log = logs.get(name)
      if (log && addState(log, state)) touch(recorder)
    }
  }
  for (const name of connections) watch(name)
  recorder.detaches.push(store.subscribe(read))
  read()
}

/**
 * Records the connections of a store, for `<SocketDevtools recorder={…}>`: rows, phases, traffic and changes of the state, all bounded. The store needs no
 * setup. Messages are recorded as they are on the wire, with the values of secret members replaced; handshakes, heartbeats and the queries of addresses are
 * not recorded. See docs/devtools.md.
 *
 * @example
 * const recorder = createSocketRecorder(store)
 */
export const createSocketRecorder = (store: RecordedStore, options: SocketRecorderOptions = {}): SocketRecorder => {
  const recorder: Recorder = {
    store,
    logs: new Map(),
    detaches: [],
    listeners: new Set(),
    version: 0,
    cancel: undefined,
  }
  const { logs, listeners } = recorder
  watchState(recorder, options)
  const recordings = () => [...logs.values()].map(toRecording)
  return {
    names: () => [...logs.keys()],
    read: (name) => {
      const log = logs.get(name)
      return log && toRecording(log)
    },
    save: () => ({ format: 'reduplex-recording', version: 1, savedAt: now(), connections: recordings() }),
    clear: (name) => {
      for (const log of logs.values()) if (name === undefined || log.name === name) clearLog(log)
      touch(recorder)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    version: () => recorder.version,
    stop: () => {
      for (const detach of recorder.detaches.splice(0)) detach()
      recorder.cancel?.()
      recorder.cancel = undefined
    },
  }
}
