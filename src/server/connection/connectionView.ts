import { inspect } from 'node:util'
import type { WebSocket } from 'ws'
import type { Outbound } from './outbound.js'
import type { Subscriptions } from './subscriptions.js'
import type { ServerConnection } from '../types.js'

/** What a {@link Live} is made of. */
export interface LiveConfig {
  readonly id: string
  readonly ip: string
  readonly ws: WebSocket
  readonly outbound: Pick<Outbound, 'dropped'>
  readonly subscriptions: Pick<Subscriptions, 'list'>
  /** Makes the signal, when it is first asked for. */
  readonly signal: () => AbortSignal
}

/**
 * What of a connection changes, and how it shows itself. A class, for its prototype: getters in an object literal would be a shape of their own for
 * each connection, and cost more memory than all its values.
 */
export class Live implements Pick<
  ServerConnection,
  'id' | 'ip' | 'ws' | 'isOpen' | 'bufferedAmount' | 'dropped' | 'subscriptions' | 'signal'
> {
  readonly id: string
  readonly ip: string
  readonly ws: WebSocket
  readonly #outbound: LiveConfig['outbound']
  readonly #subscriptions: LiveConfig['subscriptions']
  readonly #signal: LiveConfig['signal']

  constructor({ id, ip, ws, outbound, subscriptions, signal }: LiveConfig) {
    this.id = id
    this.ip = ip
    this.ws = ws
    this.#outbound = outbound
    this.#subscriptions = subscriptions
    this.#signal = signal
  }

  get signal() {
    return this.#signal()
  }

  get isOpen() {
    return this.ws.readyState === 1
  }

  get bufferedAmount() {
    return this.ws.bufferedAmount
  }

  get dropped() {
    return this.#outbound.dropped()
  }

  get subscriptions() {
    return this.#subscriptions.list()
  }

  /** What a log is shown: nothing of the request, whose address and headers may hold a secret. */
  toJSON() {
    const { id, ip, isOpen } = this
    return { id, ip, isOpen }
  }

  [inspect.custom]() {
    return this.toJSON()
  }
}
