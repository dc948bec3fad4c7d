import type { WebSocket } from 'ws'
import type { Outbound } from './outbound.js'
import type { Subscriptions } from './subscriptions.js'
import type { ServerConnection } from './types.js'

/**
 * What of a connection changes. A class, for its prototype: getters in an object literal would be a shape of their own for each connection, and
 * cost more memory than all its values.
 */
export class Live implements Pick<
  ServerConnection,
  'isOpen' | 'bufferedAmount' | 'dropped' | 'subscriptions' | 'signal'
> {
  readonly #ws: WebSocket
  readonly #outbound: Outbound
  readonly #subscriptions: Subscriptions
  readonly #signal: () => AbortSignal

  constructor(ws: WebSocket, outbound: Outbound, subscriptions: Subscriptions, signal: () => AbortSignal) {
    this.#ws = ws
    this.#outbound = outbound
    this.#subscriptions = subscriptions
    this.#signal = signal
  }

  get signal() {
    return this.#signal()
  }

  get isOpen() {
    return this.#ws.readyState === 1
  }

  get bufferedAmount() {
    return this.#ws.bufferedAmount
  }

  get dropped() {
    return this.#outbound.dropped()
  }

  get subscriptions() {
    return this.#subscriptions.list()
  }
}
