import { entryPatch } from '../middleware/entryPatch.js'
import { creatorOf } from '../actions/creators.js'
import type { Command } from '../actions/command.js'
import type { ConnectionContext } from '../middleware/feature.js'
import type { ChannelPosition } from '../internal/channelPosition.js'
import type { Guard } from '../internal/guard.js'
import * as order from '../middleware/order.js'
import { refetchesOf, type Refetch } from './refetches.js'
import type { StreamState, StreamTable } from './streamState.js'

/** The streams of one connection. */
export interface Streams {
  readonly guard: Guard
  readonly refetch: Refetch
  /** Reports what a callback of the app threw. */
  readonly report: (what: string, error: unknown) => void
  /** Sets the state of a stream. */
  readonly set: (key: string, state: StreamState) => void
  /** Removes the state of a stream. */
  readonly remove: (key: string, id: string) => void
  /** Calls `onSettled` when a request of an endpoint has ended. Returns a function that stops it. */
  readonly watch: (endpointName: string, onSettled: OnSettled) => () => void
}

type OnSettled = (requestId: unknown, at: ChannelPosition | undefined) => void

/** What is read of the actions of an async thunk of Redux Toolkit. In those of RTK Query, `arg` names the endpoint. */
interface ThunkAction {
  readonly meta?: {
    readonly requestStatus?: 'pending' | 'fulfilled' | 'rejected'
    readonly requestId?: unknown
    readonly arg?: { readonly endpointName?: unknown } | null
    readonly baseQueryMeta?: { readonly at?: ChannelPosition } | null
  } | null
}

type Watcher = readonly [endpointName: string, onSettled: OnSettled]

/** The watchers of a connection's store. */
const watchersOf = ({ hooks }: ConnectionContext): Set<Watcher> => {
  const watchers = new Set<Watcher>()
  hooks.attach(order.carried, {
    onAction: (action) => {
      const { meta } = action as ThunkAction
      if (!meta?.requestStatus || meta.requestStatus === 'pending') return
      for (const [endpointName, onSettled] of Array.from(watchers)) {
        if (meta.arg?.endpointName === endpointName) onSettled(meta.requestId, meta.baseQueryMeta?.at)
      }
    },
  })
  return watchers
}

/** The streams of a connection. The first `streamUpdates` creates them. */
const streamsOf = ({ guard, part, store, taskQueue }: ConnectionContext): Streams => {
  const watchers = part(watchersOf)
  let table: StreamTable = {}
  let isReported = true
  const change = (next: StreamTable) => {
    table = next
    if (!isReported) return
    isReported = false
    // One action for all streams that change in the task under way.
    taskQueue.enqueue(() => {
      isReported = true
      store.emit({ type: 'changed', payload: { streams: table } })
    })
  }
  // A state that was restored may have streams of another page load.
  part(entryPatch)({ streams: table })
  return {
    guard,
    refetch: part(refetchesOf),
    report: (what, error) =>
      guard(what, () => {
        throw error
      }),
    set: (key, state) => change({ ...table, [key]: state }),
    remove: (key, id) => {
      const { [key]: known, ...rest } = table
      // An entry that was removed and added again has another one by now.
      if (known?.id === id) change(rest)
    },
    watch: (...watcher) => {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
  }
}

/** The command that returns the streams of a connection. It does not reach the reducers. */
export const streamsCommand = (socket: string): Command<undefined, Streams> =>
  creatorOf(
    socket,
    'streams',
    () => undefined,
    ({ part }: ConnectionContext) => part(streamsOf),
  )() as never
