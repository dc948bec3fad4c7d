import type { ReceivedFrame } from '../internal/bytes.js'
import type { Addressing } from './address.js'
import type { Events } from './events.js'
import type { Phase } from './lifecycle.js'
import type { ReconnectSettings } from './reconnectPolicy.js'
import type { QueueLimits } from './sendQueue.js'
import type { Outgoing, Sends, SendsContext } from './sends.js'
import type { Address, ConnectOutcome, Delivery, WebSocketClass } from './types.js'

/** The settings of one connection; features replace the optional ones. */
export interface ConnectionSettings {
  readonly address: Address
  /** The class to connect with; throws `no_websocket` when there is none. */
  readonly WebSocket: () => WebSocketClass
  /** What the providers of an address are told beside the attempt. */
  readonly providerContext?: object | undefined
  readonly reconnect: ReconnectSettings
  readonly connectTimeout?: number | undefined
  readonly closeTimeout?: number | undefined
  /** @default a url and protocols */
  readonly addressing?: Addressing | undefined
  /** The bounds of the queue, for the features that replace it. */
  readonly queueLimits?: QueueLimits | undefined
  /** @default without a queue */
  readonly createSends?: ((context: SendsContext) => Sends) | undefined
}

/** One connection. */
export interface Connection {
  readonly phase: () => Phase
  readonly sends: Sends
  readonly events: Events
  /** Connects, or joins what is under way. */
  readonly connect: (given?: Address, keepQueue?: boolean) => Promise<ConnectOutcome>
  /** Drops the socket and connects again; ends a wait for a retry. */
  readonly reconnect: () => Promise<ConnectOutcome>
  /** Closes and drops the queue. `isIdle` keeps the queue: the connection is opened again at the next use. */
  readonly close: (code: number, reason: string, isIdle?: boolean) => Promise<'closed'>
  readonly send: (outgoing: Outgoing) => Delivery
  /** Opens a connection that is asleep. Whether it was. */
  readonly use: () => boolean
  /** Gives a frame that a hook has held back to `receive`. */
  readonly deliver: (frame: ReceivedFrame) => void
  readonly retry: {
    readonly isWaiting: () => boolean
    /** When the retry is due, and when it would be by the policy alone. */
    readonly dueAt: () => readonly [dueAt: number, plannedAt: number]
    readonly moveTo: (time: number, onBegin?: () => void) => void
  }
  readonly suspend: () => void
  readonly dispose: () => void
}
