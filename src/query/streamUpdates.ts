import { nanoid, type Dispatch, type Draft } from '@reduxjs/toolkit'
import { DEFAULT_NAME } from '../actions/creators.js'
import { warn } from '../internal/environment.js'
import type { ChannelPosition } from '../internal/channelPosition.js'
import { callbackProblem, codedError, show } from '../internal/errors.js'
import type { RpcActions } from '../rpc/rpcActions.js'
import { socketSubscribe, socketUnsubscribe } from '../rpc/subscribeCommands.js'
import type { SubscribeOptions } from '../rpc/types.js'
import { createApply } from './apply.js'
import { dispatchCommand, type Dispatched } from './problems.js'
import type { RefetchApi, RefetchedEntry } from './refetches.js'
import type { SocketQueryMeta } from './socketBaseQuery.js'
import { createStream, type Stream } from './stream.js'
import type { EntryState } from './streamModel.js'
import { streamsCommand, type Streams } from './streams.js'
import { entryKey } from './streamState.js'

/** What {@link streamUpdates} uses of RTK Query's lifecycle of a cache entry. */
export interface StreamEntryApi<Data> {
  /** The store's dispatch. */
  readonly dispatch: Dispatch
  /** The entry in the store. */
  readonly getCacheEntry: () => EntryState & {
    readonly data?: Data | undefined
    readonly endpointName?: string | undefined
  }
  /** Changes the entry's data. */
  readonly updateCachedData: (recipe: never) => unknown
  /** Resolves with the first data. */
  readonly cacheDataLoaded: PromiseLike<{ readonly meta?: unknown }>
  /** Resolves when the entry is removed. */
  readonly cacheEntryRemoved: PromiseLike<void>
}

/** The RPC actions that a stream uses, typed by a contract or not. */
export interface StreamActions extends Pick<RpcActions, 'name' | 'unsubscribe'> {
  /** Subscribes: `(channel, params, options)`. */
  readonly subscribe: (...args: never) => ReturnType<RpcActions['subscribe']>
}

/** What `createApi` returned. */
export interface StreamedApi {
  /** Its endpoints, by name. */
  readonly endpoints: object
}

/** The options of {@link streamUpdates}. */
export interface StreamUpdatesOptions<Data, Arg, Push> {
  /** The name of the channel, or a function that makes it of the query's argument. */
  readonly channel: string | ((arg: Arg) => string)
  /** The params of the subscription: a value, or a function of the query's argument. @default none */
  readonly params?: ((arg: Arg) => unknown) | object | string | number | boolean | null | undefined
  /**
   * Puts a push into the data: changes the draft, or returns what replaces it. It may be called with a push that is in the data already, so it should replace
   * by an id rather than append; not for an endpoint with `extraOptions: { position: true }`, whose data has a position. Where the push shows that others are missing, it returns `refetch()`, which discards its changes.
   */
  readonly apply: (
    draft: NoInfer<Draft<Data>>,
    push: Push,
    context: { readonly arg: Arg },
  ) => NoInfer<Data> | NoInfer<Draft<Data>> | symbol | undefined | void
  /**
   * Returns the API, so that the entry can be fetched again when pushes were missed. Write the return type, without which TypeScript reports a circle:
   * `api: (): StreamedApi => api`. @default none: the stream stays `stale` after it has missed pushes, until the app fetches the entry
   */
  readonly api?: (() => StreamedApi) | undefined
  /** Whether the server's reply to subscribing again says that no push was missed; the entry is then not fetched. @default what the dialect reads in it */
  readonly isRecovered?: ((answer: unknown) => boolean) | undefined
  /** Returns the params for subscribing again after a reconnect, such as a cursor out of the last push. @default the same params */
  readonly resume?: ((last: Push, arg: Arg) => unknown) | undefined
  /** How many pushes may wait for the first data. When there are more, they are discarded and the entry is fetched again. @default 1000 */
  readonly maxBuffered?: number | undefined
  /** The RPC actions of the connection. @default those of the default connection */
  readonly actions?: StreamActions | undefined
}

type AnyOptions = StreamUpdatesOptions<unknown, unknown, unknown>

const defaultActions: StreamActions = {
  name: DEFAULT_NAME,
  subscribe: socketSubscribe,
  unsubscribe: socketUnsubscribe,
}

/** Throws `invalid_option`. Development only. */
const checkStreamOptions = ({ api, apply, channel, maxBuffered = 1 }: AnyOptions): void => {
  const refuse = (expected: string, got: unknown) => {
    throw codedError('invalid_option', `streamUpdates: expected ${expected}, got ${show(got)}.`)
  }
  if (typeof channel !== 'string' && typeof channel !== 'function')
    refuse('"channel" to be a name or a function', channel)
  if (typeof apply !== 'function') refuse('"apply" to be a function', apply)
  if (api !== undefined && typeof api !== 'function') refuse('"api" to be a function that returns the API', api)
  if (!(maxBuffered >= 1)) refuse('"maxBuffered" to be a number of pushes, 1 or more', maxBuffered)
}

/** A value, or what a function makes of the query's argument. */
const valueOf = (value: unknown, arg: unknown): unknown =>
  typeof value === 'function' ? (value as (arg: unknown) => unknown)(arg) : value

/** One cache entry and its stream. */
interface StreamedEntry extends RefetchedEntry {
  readonly options: AnyOptions
  readonly entry: StreamEntryApi<unknown>
  readonly streams: Streams
  /** Ends the subscription; `undefined` without one. */
  unsubscribe?: (() => void) | undefined
}

/** Fetches the entry again, if the API is known. */
const refetch = (streamed: StreamedEntry): void => {
  const api = streamed.options.api?.() as RefetchApi | undefined
  if (api?.endpoints[streamed.endpointName]) streamed.streams.refetch(streamed, api)
}

const createEntryStream = (streamed: StreamedEntry, key: string, id: string): Stream<unknown> => {
  const { arg, entry, options, streams } = streamed
  const { apply, maxBuffered = 1000 } = options
  const stream = createStream({
    entry: entry.getCacheEntry,
    apply: createApply<unknown, unknown>(
      (draft, push) => apply(draft as never, push, { arg }),
      (recipe) => entry.updateCachedData(recipe as never),
      (error) => streams.report('apply', error),
    ),
    rejoin: (since) => {
      streamed.unsubscribe?.()
      subscribe(streamed, stream, since)
    },
    refetch: () => refetch(streamed),
    report: (status, error) => streams.set(key, { id, status, ...(error && { error }) }),
    maxBuffered,
  })
  return stream
}

/** The options of the subscription of a stream. */
const subscribeOptions = (
  { arg, options, streams }: StreamedEntry,
  { send, wasActive }: Stream<unknown>,
  since: ChannelPosition | undefined,
): SubscribeOptions => {
  const { isRecovered, resume } = options
  /** Before the first push there is no cursor. */
  let last: { readonly push: unknown } | undefined
  return {
    shared: true,
    since,
    observer: {
      subscribed: (answer, recovered, at) => {
        const isAsked = isRecovered && wasActive()
        const isWhole = isAsked ? streams.guard('isRecovered', () => isRecovered(answer)) : recovered
        send({ type: 'subscribed', recovered: isWhole === true, at })
      },
      lost: () => send({ type: 'lost' }),
      failed: (error) => send({ type: 'failed', error }),
      pushed: (push, offset) => {
        last = { push }
        send({ type: 'pushed', push, offset })
      },
    },
    resume: resume && (() => last && resume(last.push, arg)),
  }
}

/** Subscribes, from a position or from now on. */
const subscribe = (streamed: StreamedEntry, stream: Stream<unknown>, since?: ChannelPosition): void => {
  const { arg, entry, options, streams } = streamed
  const { channel, params } = options
  const actions: StreamActions = options.actions ?? defaultActions
  let member = 'params'
  let dispatched: Dispatched<string>
  try {
    const given = valueOf(params, arg)
    member = 'channel'
    const subscribeTo = actions.subscribe as RpcActions['subscribe']
    const command = subscribeTo(valueOf(channel, arg) as string, given, subscribeOptions(streamed, stream, since))
    dispatched = dispatchCommand(entry.dispatch, command)
  } catch (error) {
    streams.report(member, error)
    dispatched = { problem: callbackProblem(member, error) }
  }
  const { problem, returned: id } = dispatched
  streamed.unsubscribe = problem ? undefined : () => entry.dispatch(actions.unsubscribe(id))
  if (problem) stream.send({ type: 'failed', error: problem })
}

const warnOfNoApi = (endpointName: string): void =>
  warn(
    `reduplex: streamUpdates cannot fetch "${endpointName}" again after a reconnect, because it has no option "api". Add api: (): StreamedApi => api.`,
  )

/**
 * For `onCacheEntryAdded`: puts what a channel pushes into the data of the cache entry. It subscribes before the query has its result and keeps the pushes until
 * then. Where the result has a position, the pushes after it are put into the data, and no others. Entries with the same channel and params share one
 * subscription. After a reconnect the entry is fetched again, unless the server says that no push was missed; that needs the option `api`. It unsubscribes when the entry is removed.
 * See docs/rtk-query.md.
 * @throws `invalid_option` for a malformed option; in development
 */
export const streamUpdates = <Data, Arg, Push = unknown>(options: StreamUpdatesOptions<Data, Arg, Push>) => {
  const given = options as unknown as AnyOptions
  if (__DEV__) checkStreamOptions(given)
  let hasWarned = false
  return async (arg: Arg, entry: StreamEntryApi<Data>): Promise<void> => {
    const { cacheDataLoaded, cacheEntryRemoved, dispatch, getCacheEntry } = entry
    const { endpointName = '' } = getCacheEntry()
    const { name } = given.actions ?? defaultActions
    const { problem, returned: streams } = dispatchCommand(dispatch, streamsCommand(name))
    if (problem) {
      if (__DEV__) warn(`reduplex: the entry of "${endpointName}" has no stream. ${problem.message}`)
      return
    }
    if (__DEV__) {
      if (!given.api && !hasWarned) warnOfNoApi(endpointName)
      hasWarned = true
    }
    const id = nanoid()
    const key = entryKey(endpointName, arg)
    const streamed: StreamedEntry = { options: given, arg, endpointName, entry, streams }
    const stream = createEntryStream(streamed, key, id)
    stream.send({ type: 'started' })
    subscribe(streamed, stream)
    cacheDataLoaded.then(
      ({ meta }) => stream.send({ type: 'loaded', at: (meta as SocketQueryMeta | undefined)?.at }),
      () => {},
    )
    const unwatch = streams.watch(endpointName, (requestId, at) => {
      stream.send({ type: 'settled', requestId, at })
      streamed.retryRefetch?.()
    })
    await cacheEntryRemoved
    unwatch()
    stream.send({ type: 'removed' })
    streamed.unsubscribe?.()
    streams.remove(key, id)
  }
}
