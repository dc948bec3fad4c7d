import { createAsyncSequencer, type AsyncSequencer } from '../../internal/asyncSequencer.js'
import type { Frame } from '../../internal/bytes.js'
import { encodeValue, type BusCodec } from '../codecs.js'
import type { Report } from '../problems.js'
import { encodeFailed } from '../report.js'
import { frameIn, frameToMembers } from './busFrame.js'
import type { FrameMessage } from './busMessage.js'
import type { BusTopic } from './busTopic.js'

/** What a message has beside its sender and its frame. */
type Members<Message> = Omit<Message, keyof FrameMessage>

/** Carries values over a topic. Codecs may be asynchronous; the messages of a node stay in order. */
export interface BusValues<Message extends FrameMessage> {
  /**
   * Publishes a value, after all before it. Resolves when the bus has it, also when it cannot be encoded, which is reported. Rejects with what the bus
   * rejects with, which is reported too and needs no handler.
   */
  readonly publish: (value: unknown, members: Members<Message>) => Promise<void>
  /** Publishes a message without a value, after all before it. */
  readonly publishWithoutValue: (members: Members<Message>) => Promise<void>
  /** Calls `onValue` with the value of a message, after those before it; with `undefined` for a message without a value. */
  readonly receive: (message: Message, onValue: (value: unknown) => void) => void
}

/** What {@link createBusValues} needs. */
export interface BusValuesConfig<Message extends FrameMessage> {
  readonly topic: BusTopic<Message>
  readonly codec: BusCodec
  readonly report: Report
  /** Nothing is published or received once it returns true. */
  readonly isClosed: () => boolean
}

/** Publishes the members that `toMembers` creates, once all frames before this one are encoded. */
const publishInOrder = <Message extends FrameMessage>(
  { topic, report, isClosed }: BusValuesConfig<Message>,
  outbound: AsyncSequencer,
  encode: () => unknown,
  toMembers: (frame: unknown) => Omit<Message, 'node'>,
): Promise<void> => {
  const published = new Promise<void>((resolve, reject) => {
    const onError = (error: unknown): void => {
      report(encodeFailed(error))
      resolve()
    }
    const onFrame = (frame: unknown): void => {
      if (isClosed()) return resolve()
      topic.publish(toMembers(frame)).then(resolve, reject)
    }
    try {
      outbound.push(encode(), onFrame, onError)
    } catch (error) {
      onError(error)
    }
  })
  // Reported, also when nobody awaits it.
  published.catch(() => {})
  return published
}

/** Creates the values of a topic. */
export const createBusValues = <Message extends FrameMessage>(config: BusValuesConfig<Message>): BusValues<Message> => {
  const { topic, codec, isClosed } = config
  const outbound = createAsyncSequencer((task) => task())
  const inbound = createAsyncSequencer((task) => task())
  return {
    publish: (value, members) =>
      publishInOrder(
        config,
        outbound,
        () => encodeValue(codec, value),
        (frame) => ({ ...members, ...frameToMembers(frame as Frame) }) as unknown as Omit<Message, 'node'>,
      ),
    publishWithoutValue: (members) =>
      publishInOrder(
        config,
        outbound,
        () => undefined,
        () => members as unknown as Omit<Message, 'node'>,
      ),
    receive: (message, onValue) => {
      const frame = frameIn(message)
      const value = frame === undefined ? undefined : codec.decode(frame)
      const onContent = (decoded: unknown): void => {
        if (!isClosed()) onValue(decoded)
      }
      inbound.push(value, onContent, topic.reportUnreadable)
    },
  }
}
