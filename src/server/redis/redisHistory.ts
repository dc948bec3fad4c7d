import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import type { ReceivedFrame } from '../../internal/bytes.js'
import type { ChannelPosition } from '../../internal/channelPosition.js'
import { after } from '../../internal/clock.js'
import { detailsOf, messageOf } from '../../internal/errors.js'
import type { HistoryLimits, HistoryListener, HistoryStore, StoredHistory } from '../history/historyStore.js'
import type { RedisTarget } from './client.js'
import { publishScript, readScript } from './historyScripts.js'
import type { PublishQueue } from './publishQueue.js'
import { createScriptRunner, type ScriptRunner } from './scriptRunner.js'

/** The histories of channels in Redis: a stream and a hash for each channel. */
export interface RedisHistory extends HistoryStore {
  readonly close: () => Promise<void>
}

/** What {@link createRedisHistory} needs. */
export interface RedisHistoryConfig {
  readonly target: RedisTarget
  readonly prefix: string
  /** Data of an earlier run of Redis is trusted. */
  readonly durable: boolean
  /** Creates the queue of publications that wait for Redis. */
  readonly createQueue: (canSend: () => boolean) => PublishQueue
  /** Waits until a queue is empty, for a limited time. */
  readonly drain: (queue: PublishQueue) => Promise<void>
  readonly report: (code: string, message: string, error?: Error) => void
}

const TOPIC = 'reduplex.history'
/** How long a read waits for the connection. */
const CONNECT_PATIENCE = 2_000
/** The epoch of a channel is kept so long after its last use, or ten times the ttl of its publications. */
const EPOCH_TTL = 24 * 60 * 60 * 1_000
const EPOCH_TTLS = 10

interface HistoryState extends RedisHistoryConfig {
  readonly runner: ScriptRunner
  readonly listeners: Set<HistoryListener>
  /** The reads that wait for the connection, in order. */
  readonly waiting: Set<(error?: Error) => void>
}

/** What is stored of a publication, and what is published of it: a frame is a text, or bytes. */
interface Payload {
  readonly channel: string
  readonly text?: string
  readonly base64?: string
}

const epochTtl = ({ ttl }: HistoryLimits): number => Math.max(EPOCH_TTL, EPOCH_TTLS * ttl)

const newEpoch = (): string => randomBytes(9).toString('base64url')

// All keys of a channel have one hash tag, so that a cluster keeps them in one slot.
const keysOf = ({ prefix }: HistoryState, channel: string): [string, string] => [
  `${prefix}c:{${channel}}:m`,
  `${prefix}c:{${channel}}`,
]

const writePayload = (channel: string, frame: ReceivedFrame): string => {
  const members = typeof frame === 'string' ? { text: frame } : { base64: Buffer.from(frame).toString('base64') }
  return JSON.stringify({ channel, ...members } satisfies Payload)
}

const isText = (value: unknown): value is string => typeof value === 'string'

const readPayload = (json: string): { readonly channel: string; readonly frame: ReceivedFrame } => {
  const { channel, text, base64 } = (JSON.parse(json) as Partial<Payload> | null) ?? {}
  if (!isText(channel)) throw new TypeError('expected a channel')
  if (isText(text)) return { channel, frame: text }
  if (isText(base64)) return { channel, frame: Uint8Array.from(Buffer.from(base64, 'base64')).buffer }
  throw new TypeError('expected "text" or "base64"')
}

/** Reads `epoch offset payload`, which anyone may have published. */
const readAnnouncement = (message: string) => {
  const [, epoch = '', offset = '', payload = ''] = /^(\S+) (\d+) (.*)$/s.exec(message) ?? []
  return { position: { epoch, offset: Number(offset) }, ...readPayload(payload) }
}

const onAnnouncement = (state: HistoryState, message: string): void => {
  let announcement: ReturnType<typeof readAnnouncement>
  try {
    announcement = readAnnouncement(message)
  } catch (error) {
    // JSON.parse quotes the text.
    const reason = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error)
    return state.report('bus_message_invalid', `The bus delivered a publication that cannot be read: ${reason}`)
  }
  const { channel, position, frame } = announcement
  for (const { onPublication } of Array.from(state.listeners)) onPublication(channel, position, frame)
}

/** Resolves when Redis can be reached. Rejects when that takes too long. */
const whenConnected = async ({ runner, waiting }: HistoryState): Promise<void> => {
  if (runner.isConnected()) return
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      cancel()
      waiting.delete(settle)
      if (error) reject(error)
      else resolve()
    }
    const cancel = after(CONNECT_PATIENCE, () => settle(new Error('Redis is unreachable.')), true)
    waiting.add(settle)
  })
}

type ReadReply = readonly [
  epoch: Buffer,
  top: number,
  first: number,
  entries: readonly (readonly [id: Buffer, fields: readonly [name: Buffer, payload: Buffer]])[],
]

const read = async (
  state: HistoryState,
  channel: string,
  offset: number,
  limits: HistoryLimits,
): Promise<StoredHistory> => {
  await whenConnected(state)
  const args = [Math.max(0, offset), epochTtl(limits), newEpoch()]
  const [epoch, top, first, entries] = (await state.runner.run(readScript, keysOf(state, channel), args)) as ReadReply
  return {
    epoch: epoch.toString(),
    top,
    first,
    entries: entries.map(([id, [, payload]]) => ({
      offset: Number.parseInt(id.toString(), 10),
      frame: readPayload(payload.toString()).frame,
    })),
  }
}

const publish = async (
  state: HistoryState,
  queue: PublishQueue,
  channel: string,
  frame: ReceivedFrame,
  limits: HistoryLimits,
): Promise<ChannelPosition> => {
  const payload = writePayload(channel, frame)
  const { size, ttl } = limits
  const args = [payload, size, ttl, epochTtl(limits), newEpoch(), state.prefix + TOPIC]
  const send = async (): Promise<unknown> => await state.runner.run(publishScript, keysOf(state, channel), args)
  const [epoch, offset] = (await queue.push(Buffer.byteLength(payload), send)) as readonly [Buffer, number]
  return { epoch: epoch.toString(), offset }
}

const onReach = (state: HistoryState, queue: PublishQueue, isReachable: boolean, error?: Error): void => {
  if (isReachable) {
    for (const settle of Array.from(state.waiting)) settle()
    for (const { onReconnected } of Array.from(state.listeners)) onReconnected()
    return queue.flush()
  }
  queue.onConnectionLost()
  if (!error) return
  const message = `The histories of channels in Redis are unreachable: ${detailsOf(error)}. Their publications wait, and this node retries.`
  state.report('bus_disconnected', message, error)
}

/** Creates the store. It connects when it is first listened to. */
export const createRedisHistory = (config: RedisHistoryConfig): RedisHistory => {
  const { target, durable, report } = config
  const runner = createScriptRunner({
    target,
    scripts: [publishScript, readScript],
    durable,
    onReach: (isReachable, error) => onReach(state, queue, isReachable, error),
    onListenerError: (error) => report('listener_failed', `A listener to a history threw: ${messageOf(error)}`),
  })
  const state: HistoryState = { ...config, runner, listeners: new Set(), waiting: new Set() }
  const queue = config.createQueue(() => runner.isConnected())
  let stop: (() => void) | undefined
  return {
    publish: (channel, frame, limits) => publish(state, queue, channel, frame, limits),
    read: (channel, offset, limits) => read(state, channel, offset, limits),
    listen: (listener) => {
      state.listeners.add(listener)
      stop ??= runner.subscribe(config.prefix + TOPIC, (message) => onAnnouncement(state, message))
      runner.start()
      return () => void state.listeners.delete(listener)
    },
    close: async () => {
      if (runner.isConnected()) await config.drain(queue)
      stop?.()
      for (const settle of Array.from(state.waiting)) settle(new Error('The bus is closed.'))
      runner.close()
    },
  }
}
