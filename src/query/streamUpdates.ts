import { nanoid, type Dispatch, type Draft } from '@reduxjs/toolkit'
import { createSocketActions } from '../actions/createSocketActions.js'
import { warn } from '../internal/environment.js'
import { codedError, messageOf, show } from '../internal/errors.js'
import { defaultRpcActions, type RpcActions } from '../rpc/actions.js'
import type { SubscribeOptions } from '../rpc/types.js'
import { createApply } from './apply.js'
import { askOver } from './problems.js'
import { createStream, type EntryState } from './stream.js'
import { handleOf } from './streamMiddleware.js'
import { createStreamEvents, entryKey } from './streamSlice.js'

/** What {@link streamUpdates} needs of RTK Query's lifecycle of a cache entry. */
export interface StreamEntryApi<Data> {
  /** The store's. */
  readonly dispatch: Dispatch
  /** What the store has of the entry. */
  readonly getCacheEntry: () => EntryState & {
    readonly data?: Data | undefined
    readonly endpointName?: string | undefined
  }
  /** Changes the entry's data. */
  readonly updateCachedData: (recipe: never) => unknown
  /** Resolves with the first data. */
  readonly cacheDataLoaded: PromiseLike<unknown>
  /** Resolves when the entry is gone. */
  readonly cacheEntryRemoved: PromiseLike<void>
}

/** What is needed of a connection's RPC vocabulary, typed by a contract or not. */
export interface StreamActions extends Pick<RpcActions, 'name' | 'unsubscribe'> {
  /** Subscribes. */
  readonly subscribe: (
    channel: never,
    params?: unknown,
    options?: SubscribeOptions,
  ) => ReturnType<RpcActions['subscribe']>
}

/** The options of {@link streamUpdates}. */
export interface StreamUpdatesOptions<Data, Arg, Push> {
  /** The channel, or what makes its name of the query's argument. */
  readonly channel: string | ((arg: Arg) => string)
  /** What is given along with the subscription: a value, or a function of the query's argument. @default nothing */
  readonly params?: ((arg: Arg) => unknown) | object | string | number | boolean | null | undefined
  /**
   * Brings a push into the data: changes the draft, or returns what is to take its place. It may be called with a push that is in the data already, so it
   * should put in place by an id rather than append.
   */
  readonly apply: (draft: NoInfer<Draft<Data>>, push: Push, context: { readonly arg: Arg }) => unknown
  /** Whether the server's answer to subscribing again says that nothing was missed; then nothing is fetched anew. @default what the dialect makes of it */
  readonly isRecovered?: ((answer: unknown) => boolean) | undefined
  /** The params for subscribing again after a reconnect, out of the last push, such as where to go on. @default the same params */
  readonly resume?: ((last: Push, arg: Arg) => unknown) | undefined
  /** How many pushes wait for the first data; with more, they are let go and the entry is fetched anew. @default 1000 */
  readonly maxBuffered?: number | undefined
  /** The connection's RPC vocabulary. @default the default connection's */
  readonly actions?: StreamActions | undefined
}

const checkOptions = ({
  channel,
  apply,
  maxBuffered = 1,
}: {
  readonly channel: unknown
  readonly apply: unknown
  readonly maxBuffered?: number | undefined
}) => {
  const refuse = (what: string, got: unknown) => {
    throw codedError('invalid_option', `streamUpdates: expected ${what}, got ${show(got)}.`)
  }
  if (typeof channel !== 'string' && typeof channel !== 'function')
    refuse('"channel" to be a name or a function', channel)
  if (typeof apply !== 'function') refuse('"apply" to be a function', apply)
  if (!(maxBuffered >= 1)) refuse('"maxBuffered" to be a number of pushes, 1 or more', maxBuffered)
}

/** A value, or what a function makes of the query's argument. */
const given = (value: unknown, arg: unknown): unknown =>
  typeof value === 'function' ? (value as (arg: unknown) => unknown)(arg) : value

/**
 * For `onCacheEntryAdded`: what a channel pushes goes into the cache entry's data. It subscribes before the query is answered, and keeps what comes until
 * then; entries that want the same channel with the same params share one subscription. After a reconnect the entry is fetched anew,
 * unless the server says that nothing was missed; that needs {@link streamMiddleware}. It unsubscribes when the entry goes.
 * @throws `invalid_option`
 */
export const streamUpdates = <Data, Arg, Push = unknown>(options: StreamUpdatesOptions<Data, Arg, Push>) => {
  checkOptions(options)
  const { actions = defaultRpcActions, resume, maxBuffered = 1000 } = options
  const events = createStreamEvents(actions.name)
  const { error: errorEvent } = createSocketActions(actions.name)

  return async (arg: Arg, api: StreamEntryApi<Data>): Promise<void> => {
    const { dispatch, getCacheEntry } = api
    const { endpointName = '', requestId } = getCacheEntry()
    const id = nanoid()
    const key = entryKey(endpointName, arg)
    const handle = handleOf(dispatch, { endpointName, arg, requestId })
    if (!handle) {
      warn(
        `reduplex: the stream of "${endpointName}" cannot fetch anew what it may miss: put streamMiddleware(api) into the store.`,
      )
    }
    const report = (what: string, thrown: unknown) => {
      const problem = {
        code: 'callback_failed',
        message: `${what} of streamUpdates threw: ${messageOf(thrown)}`,
      } as const
      dispatch(errorEvent(problem))
      return problem
    }
    /** The last push; none yet is no cursor. */
    let last: { readonly push: Push } | undefined

    const apply = createApply<Data, Push>(
      (draft, push) => options.apply(draft, push, { arg }),
      (recipe) => api.updateCachedData(recipe as never),
      (thrown) => report('"apply"', thrown),
    )
    const stream = createStream<Push>({
      entry: getCacheEntry,
      apply,
      running: () => handle?.running(),
      refetch: () => handle?.refetch(),
      tell: (status, error) => dispatch(events.changed({ key, id, status, ...(error && { error }) })),
      isRecovered: (answer, recovered) => {
        try {
          return options.isRecovered ? options.isRecovered(answer) : recovered
        } catch (thrown) {
          report('"isRecovered"', thrown)
          return false
        }
      },
      maxBuffered,
    })
    const subscribe = () => {
      const command = actions.subscribe(given(options.channel, arg) as never, given(options.params, arg), {
        shared: true,
        observer: {
          subscribed: stream.subscribed,
          lost: stream.lost,
          failed: stream.failed,
          pushed: (data) => {
            last = { push: data as Push }
            stream.pushed(data)
          },
        },
        resume: resume && (() => last && resume(last.push, arg)),
      })
      const asked = askOver(dispatch, command, actions.name)
      if (!asked.problem) return asked.returned
      stream.failed(asked.problem)
      return undefined
    }
    stream.begin()
    let subscription: string | undefined
    try {
      subscription = subscribe()
    } catch (thrown) {
      stream.failed(report('"channel" or "params"', thrown))
    }
    api.cacheDataLoaded.then(stream.loaded, () => {})
    const unwatch = handle?.watch(stream.fetched)
    await api.cacheEntryRemoved
    unwatch?.()
    stream.end()
    if (subscription !== undefined) dispatch(actions.unsubscribe(subscription))
    dispatch(events.ended({ key, id }))
  }
}
