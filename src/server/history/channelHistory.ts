import { createAsyncSequencer } from '../../internal/asyncSequencer.js'
import type { ReceivedFrame } from '../../internal/bytes.js'
import type { ChannelPosition } from '../../internal/channelPosition.js'
import { after } from '../../internal/clock.js'
import { codedError, show } from '../../internal/errors.js'
import { isPromiseLike, mapMaybePromise } from '../../internal/maybePromise.js'
import { reportBusFailure } from '../cluster/busFailure.js'
import { createBusCodec, encodeValue, type BusCodec } from '../codecs.js'
import type { Channels, Subscriber } from '../connection/channels.js'
import { createSharedPackets } from '../connection/packets.js'
import type { ServerContext } from '../context.js'
import { encodeFailed } from '../report.js'
import { missedUpTo } from '../rpc/messages.js'
import type { PublishResult } from '../types.js'
import { createChannelHub, RETRY_MS, type ChannelHub } from './channelHub.js'
import { createChannelTable, type ChannelTable } from './channelTable.js'
import { NO_ENTRIES, type HistoryLimits, type HistoryStore } from './historyStore.js'
import { createMemoryHistory, type MemoryHistory } from './memoryHistory.js'
import { createPublication, toStoredFrame } from './publication.js'

/** The channels of this node that have a history. */
export interface ChannelHistory extends Pick<Channels, 'prepare' | 'join' | 'leave'>, Pick<ChannelTable, 'declare'> {
  /** Whether a channel has a history. */
  readonly has: (channel: string) => boolean
  /** Whether the nodes share the histories. Otherwise each has its own. */
  readonly isShared: boolean
  /** Adds a publication. Rejects when it cannot be encoded or stored, which is reported and needs no handler. */
  readonly publish: (channel: string, data: unknown) => Promise<Required<PublishResult>>
  /** Returns the position of the last publication. Rejects with `no_history`, or when the history cannot be read. */
  readonly position: (channel: string) => Promise<ChannelPosition>
  /** Publications of other nodes were lost. Histories that are not shared start again, with new epochs. */
  readonly onMissed: () => void
  readonly close: () => void
}

interface HistoryState {
  readonly context: Pick<ServerContext, 'report'>
  readonly codec: BusCodec
  readonly table: ChannelTable
  readonly store: HistoryStore
  /** Those with subscriptions. */
  readonly hubs: Map<string, ChannelHub>
}

const createHub = ({ context, codec, store }: HistoryState, channel: string, limits: HistoryLimits): ChannelHub => {
  const onEncodeError = (error: unknown): void => context.report(encodeFailed(error))
  const publicationOf = { channel, codec, onEncodeError }
  return createChannelHub({
    read: (offset) => store.read(channel, offset, limits),
    toPublication: (offset, frame) => createPublication(publicationOf, offset, frame),
    tellMissed: (subscriber, position) => {
      const packet = createSharedPackets(missedUpTo(subscriber, position), onEncodeError)(subscriber.codec)
      if (packet) subscriber.sendPacket(packet)
    },
  })
}

const hubOf = (state: HistoryState, channel: string, limits: HistoryLimits): ChannelHub => {
  const hub = state.hubs.get(channel) ?? createHub(state, channel, limits)
  state.hubs.set(channel, hub)
  return hub
}

/** Starts a subscription. One that the app has made was not prepared: its history is read now, and again when that fails. */
const join = (state: HistoryState, subscriber: Subscriber): void => {
  const { channel } = subscriber
  const limits = state.table.limitsOf(channel)
  if (!limits) return
  const hub = hubOf(state, channel, limits)
  if (hub.has(subscriber)) return hub.start(subscriber)
  const start = (): void => hub.start(subscriber)
  const prepare = (): void => {
    const joining = hub.join(subscriber, undefined)
    if (!isPromiseLike(joining)) return start()
    joining.then(start, () =>
      after(
        RETRY_MS,
        () => {
          if (hub.has(subscriber)) prepare()
        },
        true,
      ),
    )
  }
  prepare()
}

const noHistory = (channel: string): Error =>
  codedError(
    'no_history',
    `The channel ${show(channel)} has no history: declare it with server.channel(name, { history }).`,
  )

const store = async (
  state: HistoryState,
  channel: string,
  limits: HistoryLimits,
  frame: ReceivedFrame,
): Promise<Required<PublishResult>> => {
  const { context, hubs } = state
  try {
    const storing = mapMaybePromise(state.store.publish(channel, frame, limits), (position) => {
      // The announcement of the store may come later.
      hubs.get(channel)?.receive(position, frame)
      return { ...position, reached: hubs.get(channel)?.reached(position) ?? 0 }
    })
    return await storing
  } catch (error) {
    reportBusFailure(context.report, 'cannot publish', error)
    throw error
  }
}

/** Encodes and stores publications, in order. With a synchronous codec and store both happen at once. */
const createPublish = (state: HistoryState): ChannelHistory['publish'] => {
  const { context, codec, table } = state
  const sequencer = createAsyncSequencer((task) => task())
  return (channel, data) => {
    const published = new Promise<Required<PublishResult>>((resolve, reject) => {
      const limits = table.limitsOf(channel)
      if (!limits) return reject(noHistory(channel))
      const onError = (error: unknown): void => {
        context.report(encodeFailed(error))
        reject(codedError('encode_failed', encodeFailed(error).message))
      }
      const onFrame = (frame: unknown): void => resolve(store(state, channel, limits, frame as ReceivedFrame))
      try {
        sequencer.push(mapMaybePromise(encodeValue(codec, data), toStoredFrame), onFrame, onError)
      } catch (error) {
        onError(error)
      }
    })
    // Reported, also when nobody awaits it.
    published.catch(() => {})
    return published
  }
}

/** Returns the channels, with those that have a history among them. */
export const addHistory = (channels: Channels, history: ChannelHistory): Channels => ({
  prepare: history.prepare,
  join: (subscriber) => (history.has(subscriber.channel) ? history : channels).join(subscriber),
  leave: (subscriber) => {
    history.leave(subscriber)
    channels.leave(subscriber)
  },
  publish: channels.publish,
})

/** Creates the histories of a server: those of its bus, or else in memory. */
export const createChannelHistory = (
  context: Pick<ServerContext, 'options' | 'limits' | 'codecs' | 'report'>,
): ChannelHistory => {
  const shared = context.options.bus?.history
  const own: MemoryHistory | undefined = shared ? undefined : createMemoryHistory(context.limits.maxHistoryBytes)
  const state: HistoryState = {
    context,
    codec: createBusCodec(context.codecs[0]!),
    table: createChannelTable(),
    store: shared ?? own!,
    hubs: new Map(),
  }
  let stopListening: (() => void) | undefined
  const listen = (): (() => void) =>
    state.store.listen({
      onPublication: (channel, position, frame) => state.hubs.get(channel)?.receive(position, frame),
      onReconnected: () => {
        for (const hub of state.hubs.values()) hub.catchUp()
      },
    })
  return {
    isShared: shared !== undefined,
    declare: (pattern, options) => {
      state.table.declare(pattern, options)
      stopListening ??= listen()
    },
    has: (channel) => state.table.limitsOf(channel) !== undefined,
    prepare: (subscriber, since) => {
      const limits = state.table.limitsOf(subscriber.channel)
      return limits && hubOf(state, subscriber.channel, limits).join(subscriber, since)
    },
    join: (subscriber) => join(state, subscriber),
    leave: (subscriber) => {
      const hub = state.hubs.get(subscriber.channel)
      hub?.leave(subscriber)
      if (hub?.isEmpty()) state.hubs.delete(subscriber.channel)
    },
    publish: createPublish(state),
    position: async (channel) => {
      const limits = state.table.limitsOf(channel)
      if (!limits) throw noHistory(channel)
      const { epoch, top } = await state.store.read(channel, NO_ENTRIES, limits)
      return { epoch, offset: top }
    },
    onMissed: () => own?.restart(),
    close: () => {
      stopListening?.()
      own?.close()
    },
  }
}
