import { randomUUID } from 'node:crypto'
import { now } from '../../internal/clock.js'
import { isInstance, messageOf } from '../../internal/errors.js'
import type { Report } from '../problems.js'
import type { Bus } from './bus.js'
import { reportBusFailure } from './busFailure.js'

/** One topic of the bus, as this node uses it. */
export interface BusTopic<Message extends { readonly node: string }> {
  /** The id of this node. */
  readonly node: string
  /** Publishes a message of this node. Rejects with what the bus rejects with, which is reported. */
  readonly publish: (members: Omit<Message, 'node'>) => Promise<void>
  /** Calls `onMessage` with the messages of other nodes. Resolves when the bus has subscribed, or has failed to, which is reported. */
  readonly subscribe: (onMessage: (message: Message) => void) => Promise<void>
  /** Ends the subscription. What the bus rejects with is reported. */
  readonly unsubscribe: () => Promise<void>
  /** Reports a message that cannot be read, at most one in a second. */
  readonly reportUnreadable: (error: unknown) => void
}

/** What {@link createBusTopic} needs. */
export interface BusTopicConfig<Message> {
  readonly bus: Bus
  readonly name: string
  /** Reads a message. It throws for a malformed one. */
  readonly read: (text: string) => Message
  readonly report: Report
  /** The id of this node. @default a new one */
  readonly node?: string
}

/** The milliseconds between two reports of messages that cannot be read, because anyone who may publish could fill the log. */
const UNREADABLE_PAUSE = 1_000

const createUnreadableReport = (report: Report): ((error: unknown) => void) => {
  let reportedAt = -Infinity
  let unreported = 0
  return (error) => {
    const time = now()
    if (Math.abs(time - reportedAt) < UNREADABLE_PAUSE) {
      unreported++
      return
    }
    const more = unreported > 0 ? ` (and ${unreported} more since the last report)` : ''
    reportedAt = time
    unreported = 0
    // JSON.parse quotes the text.
    const reason = isInstance(error, SyntaxError) ? 'it is not JSON' : messageOf(error)
    const message = `The bus delivered a message that cannot be read${more}: ${reason}`
    report({ code: 'bus_message_invalid', message, error })
  }
}

/** Creates this node's side of a topic. It is not subscribed yet. */
export const createBusTopic = <Message extends { readonly node: string }>(
  config: BusTopicConfig<Message>,
): BusTopic<Message> => {
  const { bus, name, read, report, node = randomUUID() } = config
  const reportUnreadable = createUnreadableReport(report)
  let subscribed: Promise<unknown> = Promise.resolve()
  const subscribe = async (listener: (text: string) => void): Promise<unknown> => {
    try {
      return await bus.subscribe(name, listener)
    } catch (error) {
      reportBusFailure(report, 'cannot subscribe', error)
      return undefined
    }
  }
  return {
    node,
    publish: async (members) => {
      try {
        await bus.publish(name, JSON.stringify({ node, ...members }))
      } catch (error) {
        reportBusFailure(report, 'cannot publish', error)
        throw error
      }
    },
    subscribe: async (onMessage) => {
      subscribed = subscribe((text) => {
        try {
          const message = read(text)
          if (message.node !== node) onMessage(message)
        } catch (error) {
          reportUnreadable(error)
        }
      })
      await subscribed
    },
    unsubscribe: async () => {
      const unsubscribe = await subscribed
      if (typeof unsubscribe !== 'function') return
      try {
        await (unsubscribe as () => unknown)()
      } catch (error) {
        reportBusFailure(report, 'cannot unsubscribe', error)
      }
    },
    reportUnreadable,
  }
}
