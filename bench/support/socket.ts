type Listener = (event: never) => void

/** Listeners of one event: one for `on…`, and those that were added. */
type Listeners = Record<string, Listener[]>

/**
 * A WebSocket without a network: it opens automatically, delivers a message synchronously, and discards what is sent. Both sides of a comparison use
 * this class, so that its cost is the same for both.
 */
export class InProcessSocket {
  static readonly OPEN = 1
  /** The one that was created last. */
  static last: InProcessSocket

  readonly protocol = ''
  readonly bufferedAmount = 0
  binaryType = 'blob'
  readyState = 0
  /** Bytes sent so far: keeps a send from being optimized away. */
  sentLength = 0
  readonly #listeners: Listeners = {}

  constructor() {
    InProcessSocket.last = this
    queueMicrotask(() => {
      this.readyState = 1
      this.#fire('open', {})
    })
  }

  set onopen(listener: () => void) {
    this.addEventListener('open', listener)
  }

  set onmessage(listener: (event: { readonly data: string }) => void) {
    this.addEventListener('message', listener)
  }

  addEventListener(type: string, listener: Listener): void {
    ;(this.#listeners[type] ??= []).push(listener)
  }

  send(data: unknown): void {
    if (typeof data === 'string') this.sentLength += data.length
  }

  close(): void {
    this.readyState = 3
    this.#fire('close', { code: 1000, reason: '', wasClean: true })
  }

  /** Delivers a message. */
  deliver(data: string): void {
    this.#fire('message', { data })
  }

  #fire(type: string, event: object): void {
    const listeners = this.#listeners[type]
    if (listeners) for (const listener of listeners) listener(event as never)
  }
}
