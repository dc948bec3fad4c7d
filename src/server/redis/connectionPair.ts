import type { ConnectionSource, RedisConnection } from './client.js'
import { createConnectionGroup, type ConnectionGroup } from './connectionGroup.js'

/** What a connection pair calls back. `onLost` is called at most once; nothing is called after it, or after `close`. */
export interface ConnectionPairEvents {
  readonly onReady: () => void
  readonly onLost: (error: unknown) => void
  readonly onMessage: (channel: string, message: string) => void
}

/** Two connections to Redis, because one that is subscribed may not publish. When one is lost, so is the other. */
export interface ConnectionPair {
  /** Rejects when Redis refuses the message, or the pair is closed first. */
  readonly publish: (channel: string, message: string) => Promise<unknown>
  readonly subscribe: (channel: string) => void
  readonly unsubscribe: (channel: string) => void
  readonly close: () => void
}

/** What is done on a new pair before it is ready. */
export type PrepareConnection = (publisher: RedisConnection, group: ConnectionGroup) => Promise<void>

interface PairState {
  readonly source: ConnectionSource
  readonly events: ConnectionPairEvents
  /** The channels to subscribe to. */
  readonly channels: Set<string>
  readonly group: ConnectionGroup
  readonly prepare: PrepareConnection | undefined
  publisher: RedisConnection | undefined
  /** Set once all channels are subscribed. */
  subscriber: RedisConnection | undefined
}

const subscribe = async (state: PairState, subscriber: RedisConnection, channel: string): Promise<unknown> =>
  await subscriber.subscribe(channel, (message) => {
    if (!state.group.isClosed() && state.channels.has(channel)) state.events.onMessage(channel, message)
  })

const open = async (state: PairState): Promise<void> => {
  const { group } = state
  group.startOpening()
  // Both connections are to the same Redis, also where there are several.
  const create = await state.source()
  if (group.isClosed()) return
  const [publisher, subscriber] = await Promise.all([group.connect(create), group.connect(create)])
  state.publisher = publisher
  await state.prepare?.(publisher, group)
  // One after the other, so that channels that are added meanwhile are subscribed too.
  // oxlint-disable-next-line no-await-in-loop
  for (const channel of state.channels) await subscribe(state, subscriber, channel)
  if (group.isClosed()) return
  state.subscriber = subscriber
  group.onOpen()
  state.events.onReady()
}

/** Opens a pair that is subscribed to `channels`. */
export const openConnectionPair = (
  source: ConnectionSource,
  channels: Iterable<string>,
  events: ConnectionPairEvents,
  prepare?: PrepareConnection,
): ConnectionPair => {
  const group = createConnectionGroup(events.onLost)
  const state: PairState = {
    source,
    events,
    channels: new Set(channels),
    group,
    prepare,
    publisher: undefined,
    subscriber: undefined,
  }
  // In a microtask: nothing may be called back before the caller has the result.
  void Promise.resolve()
    .then(async () => await open(state))
    .catch((error: unknown) => group.lose(error))

  return {
    publish: async (channel, message) => {
      if (!state.publisher || group.isClosed()) throw new Error('The connection to Redis is closed.')
      return await state.publisher.publish(channel, message)
    },
    subscribe: (channel) => {
      state.channels.add(channel)
      if (!state.subscriber || group.isClosed()) return
      subscribe(state, state.subscriber, channel).catch((error: unknown) => group.lose(error))
    },
    unsubscribe: (channel) => {
      state.channels.delete(channel)
      if (!state.subscriber || group.isClosed()) return
      state.subscriber.unsubscribe(channel).catch(() => {})
    },
    close: () => group.close(),
  }
}
