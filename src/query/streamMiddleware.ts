import { createAction, isAction, type Dispatch, type Middleware } from '@reduxjs/toolkit'

/** What `createApi` returned. */
export interface StreamedApi {
  /** Its name in the state. */
  readonly reducerPath: string
  /** Its endpoints, by name. */
  readonly endpoints: object
  /** Its utilities. */
  readonly util: object
}

/** The parts of an API that a stream needs. */
interface Api {
  readonly endpoints: Readonly<
    Record<
      string,
      {
        readonly select: (arg: unknown) => (state: unknown) => { readonly requestId?: string }
        readonly initiate: (arg: unknown, options: object) => never
      }
    >
  >
  readonly util: { readonly getRunningQueryThunk: (name: string, arg: unknown) => never }
}

/** Which cache entry. */
interface EntryName {
  readonly endpointName: string
  readonly arg: unknown
  /** A request that it has just begun. */
  readonly requestId: string | undefined
}

/** What can be done with a cache entry from outside. */
export interface EntryHandle {
  /** Fetches it anew. */
  readonly refetch: () => void
  /** The request that is under way. */
  readonly running: () => PromiseLike<unknown> | undefined
  /** Hears that an entry, maybe this one, has been fetched. Returns what ends that. */
  readonly watch: (hear: () => void) => () => void
}

/** Whether a query has brought data, of whatever API. */
const isFetched = (action: unknown) => isAction(action) && action.type.endsWith('/executeQuery/fulfilled')

/** Asks for the {@link EntryHandle} of a cache entry. Under the prefix of ours, which no message may claim. */
const findEntry = /* @__PURE__ */ createAction<EntryName>('socket/findEntry')

/** The handle of a cache entry; `undefined` when no {@link streamMiddleware} knows its API. */
export const handleOf = (dispatch: Dispatch, entry: EntryName): EntryHandle | undefined => {
  const found = dispatch(findEntry(entry)) as object
  return 'refetch' in found ? (found as EntryHandle) : undefined
}

/**
 * The middleware that lets streams fetch anew what they may have missed, for `configureStore`, beside `api.middleware`: RTK Query tells
 * `onCacheEntryAdded` nothing that could. One for all APIs, or one each.
 */
export const streamMiddleware =
  (...apis: readonly StreamedApi[]): Middleware =>
  (store) => {
    const watching = new Set<() => void>()
    const find = ({ endpointName, arg, requestId }: EntryName): EntryHandle | undefined => {
      const owns = ({ endpoints }: Api) =>
        Object.hasOwn(endpoints, endpointName) &&
        endpoints[endpointName]!.select(arg)(store.getState()).requestId === requestId
      const api = (apis as unknown as readonly Api[]).find(owns)
      return (
        api && {
          refetch: () =>
            void store.dispatch(api.endpoints[endpointName]!.initiate(arg, { subscribe: false, forceRefetch: true })),
          running: () => store.dispatch(api.util.getRunningQueryThunk(endpointName, arg)),
          watch: (hear) => {
            watching.add(hear)
            return () => void watching.delete(hear)
          },
        }
      )
    }
    return (next) => (action) => {
      const handle = findEntry.match(action) && find(action.payload)
      if (handle) return handle
      const result = next(action)
      if (isFetched(action)) for (const hear of Array.from(watching)) hear()
      return result
    }
  }
