import type { Bus } from '../cluster/bus.js'
import { createBusTopic } from '../cluster/busTopic.js'
import { createBusValues } from '../cluster/busValues.js'
import type { BusCodec } from '../codecs.js'
import type { Report } from '../problems.js'
import { readUserMessage } from './userMessage.js'

/** The code and the reason of a close frame. */
export interface CloseFrame {
  readonly code: number
  readonly reason: string
}

/** Carries what concerns one user to the other nodes. */
export interface UserLink {
  /** Sends a value to the connections of a user. Resolves when the bus has it; rejects with what the bus rejects with, which is reported. */
  readonly send: (user: string, value: unknown) => Promise<void>
  /** Closes the connections of a user, after all that was sent before. Resolves and rejects as `send` does. */
  readonly disconnect: (user: string, close: CloseFrame) => Promise<void>
  readonly stop: () => Promise<void>
}

/** What {@link createUserLink} needs. */
export interface UserLinkConfig {
  readonly bus: Bus
  /** The codec of values on the bus. */
  readonly codec: BusCodec
  readonly onValue: (user: string, value: unknown) => void
  readonly onDisconnect: (user: string, close: CloseFrame) => void
  readonly report: Report
}

/** A topic of its own: a node that does not know these messages would send them to all clients. */
const TOPIC = 'reduplex.users'

/** Joins the nodes that share a bus, for what concerns one user. */
export const createUserLink = ({ bus, codec, onValue, onDisconnect, report }: UserLinkConfig): UserLink => {
  let isStopped = false
  const topic = createBusTopic({ bus, name: TOPIC, read: readUserMessage, report })
  const values = createBusValues({ topic, codec, report, isClosed: () => isStopped })
  void topic.subscribe((message) => {
    if (isStopped) return
    const { user, code, reason = '' } = message
    values.receive(message, (value) => {
      if (code === undefined) onValue(user, value)
      else onDisconnect(user, { code, reason })
    })
  })
  return {
    send: (user, value) => values.publish(value, { user }),
    disconnect: (user, close) => values.publishWithoutValue({ user, ...close }),
    stop: async () => {
      isStopped = true
      await topic.unsubscribe()
    },
  }
}
