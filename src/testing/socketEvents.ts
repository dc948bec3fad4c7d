// Node 20 has no CloseEvent; MessageEvent of jsdom refuses an origin of another realm. The members are what counts.

/** How a socket ended, as its `close` event reports it. */
export interface FakeCloseInit {
  /** The close code. */
  readonly code: number
  /** The close reason. */
  readonly reason: string
  /** Whether the closing handshake was completed. */
  readonly wasClean: boolean
}

/** The `close` event of a fake socket. */
export class FakeCloseEvent extends Event implements FakeCloseInit {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
  constructor({ code, reason, wasClean }: FakeCloseInit) {
    super('close')
    this.code = code
    this.reason = reason
    this.wasClean = wasClean
  }
}

/** The `message` event of a fake socket. */
export class FakeMessageEvent extends Event {
  readonly data: unknown
  readonly origin: string
  constructor(data: unknown, origin: string) {
    super('message')
    this.data = data
    this.origin = origin
  }
}
