import type { Dispatch } from '@reduxjs/toolkit'
import type { ConnectionContext } from '../middleware/feature.js'
import { createRequestWindow } from '../rpc/requestWindow.js'
import type { EntryState } from './streamModel.js'

/** How many entries are fetched at a time. */
const MAX_AT_ONCE = 5
/** Refetches start within this time, in milliseconds, so that all clients of a restarted server do not fetch at the same time. */
const SPREAD_MS = 1_000

/** What is used of an API of RTK Query. */
export interface RefetchApi {
  readonly reducerPath: string
  readonly endpoints: Readonly<
    Record<string, { readonly initiate: (arg: unknown, options: object) => never } | undefined>
  >
  /** `getMiddlewareState` exists since Redux Toolkit 2.15. */
  readonly util?: { readonly getMiddlewareState?: () => never }
}

/** A cache entry that can be fetched again. */
export interface RefetchedEntry {
  readonly endpointName: string
  readonly arg: unknown
  readonly entry: { readonly dispatch: Dispatch; readonly getCacheEntry: () => EntryState }
  /** Set while the entry is not fetched because nothing reads it: to be called when that may have changed. */
  retryRefetch?: (() => void) | undefined
}

/** Fetches an entry again, unless it is fetched by other means before. Streams of the same entry share a refetch. */
export type Refetch = (refetched: RefetchedEntry, api: RefetchApi) => void

/** Whether something reads the entry of a request. With Redux Toolkit before 2.15 every entry counts as read. */
const isRead = (
  { entry }: RefetchedEntry,
  { reducerPath, util }: RefetchApi,
  root: unknown,
  requestId: unknown,
): boolean => {
  const state = (util?.getMiddlewareState && entry.dispatch(util.getMiddlewareState())) as
    | { readonly getSubscriptionCount: (queryCacheKey: string) => number }
    | undefined
  const { queries } = (
    root as Readonly<Record<string, { readonly queries: Readonly<Record<string, EntryState | undefined>> }>>
  )[reducerPath]!
  return (
    !state ||
    Object.entries(queries).some(([key, query]) => query?.requestId === requestId && state.getSubscriptionCount(key))
  )
}

/** The refetches of all streams of a connection: few at a time, spread over a second. The first `streamUpdates` creates them. */
export const refetchesOf = ({ guard, isDisposed, options, store }: ConnectionContext): Refetch => {
  const { random = Math.random } = options.reconnect || {}
  const window = createRequestWindow(MAX_AT_ONCE, () => !isDisposed())
  return (refetched, api) => {
    const { arg, endpointName, entry } = refetched
    const { requestId } = entry.getCacheEntry()
    // The id of its latest request identifies an entry, whatever its endpoint makes of the argument.
    const key = requestId ?? entry
    const start = (): unknown => {
      const latest = entry.getCacheEntry()
      refetched.retryRefetch = undefined
      if (latest.status === 'uninitialized' || (latest.requestId !== requestId && latest.status !== 'rejected'))
        return undefined
      if (isRead(refetched, api, store.getState(), latest.requestId))
        return entry.dispatch(api.endpoints[endpointName]!.initiate(arg, { subscribe: false, forceRefetch: true }))
      refetched.retryRefetch = enter
      return undefined
    }
    const run = async () => {
      await guard('api', start)
      window.leave(key)
    }
    const enter = () => window.enter(key, () => void run(), random() * SPREAD_MS)
    enter()
  }
}
