import { randomUUID } from 'node:crypto'
import { createAsyncSequencer, type AsyncSequencer } from '../../internal/asyncSequencer.js'
import type { Frame } from '../../internal/bytes.js'
import { messageOf } from '../../internal/errors.js'
import type { Bus } from '../cluster/bus.js'
import { reportBusFailure } from '../cluster/busFailure.js'
import { createUnreadableReport } from '../cluster/cluster.js'
import { frameIn, frameToMembers } from '../cluster/envelope.js'
import { encodeValue, type BusCodec } from '../codecs.js'
import type { Report } from '../problems.js'
import { encodeFailed } from '../report.js'
import { readUserMessage, type UserMessage } from './userMessage.js'

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

interface LinkState extends UserLinkConfig {
  readonly node: string
  // Codecs may be asynchronous; the messages of a node stay in order.
  readonly outbound: AsyncSequencer
  readonly inbound: AsyncSequencer
  readonly reportUnreadable: (error: unknown) => void
  isStopped: boolean
}

const publish = async (state: LinkState, message: Omit<UserMessage, 'node'>): Promise<void> => {
  try {
    await state.bus.publish(TOPIC, JSON.stringify({ node: state.node, ...message }))
  } catch (error) {
    reportBusFailure(state.report, 'cannot publish', error)
    throw error
  }
}

/** Publishes a message when all before it are encoded. `encode` returns the frame of a value, or a promise of it. */
const enqueue = async (
  state: LinkState,
  encode: () => unknown,
  toMessage: (frame: Frame) => Omit<UserMessage, 'node'>,
): Promise<void> =>
  await new Promise((resolve, reject) => {
    const onFrame = (encoded: unknown): void => {
      if (state.isStopped) return resolve()
      publish(state, toMessage(encoded as Frame)).then(resolve, reject)
    }
    const onError = (error: unknown): void => {
      state.report(encodeFailed(error))
      reject(error instanceof Error ? error : new Error(messageOf(error)))
    }
    try {
      state.outbound.push(encode(), onFrame, onError)
    } catch (error) {
      onError(error)
    }
  })

const receive = (state: LinkState, text: string): void => {
  const onError = state.reportUnreadable
  try {
    const message = readUserMessage(text)
    if (state.isStopped || message.node === state.node) return
    const { user, code, reason = '' } = message
    const frame = frameIn(message)
    if (frame === undefined && code === undefined) return
    const onContent = (value: unknown): void => {
      if (state.isStopped) return
      if (code === undefined) state.onValue(user, value)
      else state.onDisconnect(user, { code, reason })
    }
    state.inbound.push(frame === undefined ? undefined : state.codec.decode(frame), onContent, onError)
  } catch (error) {
    onError(error)
  }
}

/** Joins the nodes that share a bus, for what concerns one user. */
export const createUserLink = (config: UserLinkConfig): UserLink => {
  const state: LinkState = {
    ...config,
    node: randomUUID(),
    outbound: createAsyncSequencer((task) => task()),
    inbound: createAsyncSequencer((task) => task()),
    reportUnreadable: createUnreadableReport(config.report),
    isStopped: false,
  }
  const subscribe = async (): Promise<unknown> => {
    try {
      return await state.bus.subscribe(TOPIC, (message) => receive(state, message))
    } catch (error) {
      reportBusFailure(state.report, 'cannot subscribe', error)
      return undefined
    }
  }
  const subscribed = subscribe()
  return {
    send: async (user, value) =>
      await enqueue(
        state,
        () => encodeValue(state.codec, value),
        (frame) => ({ user, ...frameToMembers(frame) }),
      ),
    disconnect: async (user, close) =>
      await enqueue(
        state,
        () => undefined,
        () => ({ user, ...close }),
      ),
    stop: async () => {
      state.isStopped = true
      const unsubscribe = await subscribed
      if (typeof unsubscribe !== 'function') return
      try {
        await (unsubscribe as () => unknown)()
      } catch (error) {
        reportBusFailure(state.report, 'cannot unsubscribe', error)
      }
    },
  }
}
