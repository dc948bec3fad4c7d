import type { ControlFrame } from '../../../../src/internal/sessionFrames.js'

// The client's end of a session as a state machine without timers and sockets, to test the server's end against. A frame is a control frame, or a message
// that is counted.

/** A frame as the model carries it. `close` is a close frame. */
export type ModelFrame = ControlFrame | { readonly message: string } | { readonly close: number }

/** Rules of the client that a test leaves out. */
export type ClientRule = 'dropNumbered' | 'requeueOnLost' | 'keepOldSocket'

/** One WebSocket as the client sees it. */
export interface ClientLink {
  readonly sendUp: (frame: ModelFrame) => void
  readonly closeByClient: () => void
}

export interface ModelClientOptions {
  /** Messages that may be sent and not acknowledged, and that may wait without a number. */
  readonly window: number
  readonly maxQueue: number
  readonly tell: (type: 'dropped' | 'acknowledged' | 'opened' | 'ended' | 'message', payload: never) => void
  readonly without?: ClientRule | undefined
}

interface Entry {
  readonly number: number
  readonly id: string
}

const WINDOW = { messages: 8, bytes: 1000 }

/** The counters and frames of the client. */
export class ModelClient {
  phase: 'offline' | 'greeting' | 'ready' = 'offline'
  session: { readonly id: string; readonly key: string } | undefined
  readonly #options: ModelClientOptions
  #link: ClientLink | undefined
  #abandoned: ClientLink | undefined
  /** The session was taken away while no connection asked for it: the next welcome is a loss. */
  #wasLost = false
  #quarter = 1
  #turn = 0
  #unacked: Entry[] = []
  #queue: string[] = []
  #sent = 0
  #acked = 0
  #cursor = 0
  #received = 0
  #told = 0

  constructor(options: ModelClientOptions) {
    this.#options = options
  }

  get sizes() {
    return { unacked: this.#unacked.length, queue: this.#queue.length }
  }

  send(id: string) {
    const { window, maxQueue, without } = this.#options
    if (without === 'dropNumbered' && this.#unacked.length >= window)
      this.#drop('overflow', [this.#unacked.shift()!.id])
    if (this.#queue.length >= maxQueue) return this.#drop('overflow', [id])
    this.#queue.push(id)
    this.#pump()
  }

  /** A socket is open: asks for the session before anything else goes out. From here on no other socket counts. */
  connect(link: ClientLink) {
    this.#abandoned = this.#link
    this.#link = link
    this.phase = 'greeting'
    const counters = { received: this.#received, acked: this.#acked, sent: this.#sent }
    const resume = this.session && { key: this.session.key, turn: ++this.#turn, ...counters }
    link.sendUp({ is: 'hello', window: WINDOW, ...resume })
  }

  receive(from: ClientLink, frame: ModelFrame) {
    const isOld = this.#options.without === 'keepOldSocket' && from === this.#abandoned
    if (from !== this.#link && !isOld) return
    if ('message' in frame) return this.#onMessage(from, frame.message)
    if ('close' in frame) return
    if (frame.is === 'welcome') return this.phase === 'greeting' ? this.#onWelcome(frame) : this.#break()
    if (frame.is === 'bye') return this.#onBye(frame.received)
    if (frame.is !== 'ack') return
    if (frame.received > this.#sent) return this.#break()
    this.#acknowledge(frame.received)
    // The window has room again.
    this.#pump()
  }

  /** The interval of acknowledgements has passed. */
  ackDue() {
    if (this.phase === 'ready' && this.#received > this.#told) this.#sendAck()
  }

  closed(from: ClientLink, code: number) {
    if (from !== this.#link) return
    this.#link = undefined
    this.phase = 'offline'
    // Another connection has the session: to ask for it again would be a fight without end.
    if (code !== 4409) return
    this.#lose()
    this.#wasLost = true
  }

  #tell(type: Parameters<ModelClientOptions['tell']>[0], payload: unknown) {
    this.#options.tell(type, payload as never)
  }

  #drop(reason: string, ids: readonly string[]) {
    if (ids.length > 0) this.#tell('dropped', { reason, ids })
  }

  #acknowledge(number: number) {
    this.#acked = Math.max(this.#acked, number)
    const ids = this.#unacked.filter((entry) => entry.number <= this.#acked).map(({ id }) => id)
    this.#unacked = this.#unacked.filter((entry) => entry.number > this.#acked)
    if (ids.length > 0) this.#tell('acknowledged', { ids })
  }

  #clear() {
    this.session = undefined
    this.#unacked = []
    this.#sent = this.#acked = this.#cursor = this.#received = this.#told = this.#turn = 0
  }

  /** The session is over without a clean end: what is not acknowledged may have arrived or not. */
  #lose() {
    const ids = this.#unacked.map(({ id }) => id)
    if (this.#options.without === 'requeueOnLost') this.#queue = [...ids, ...this.#queue]
    else this.#drop('indeterminate', ids)
    this.#clear()
  }

  /** The other end breaks the protocol. */
  #break() {
    this.#lose()
    this.#wasLost = true
    this.#link?.closeByClient()
    this.#link = undefined
    this.phase = 'offline'
  }

  /** Sends what this socket has not had, then gives numbers to what waits, as far as the window goes. */
  #pump() {
    if (this.phase !== 'ready') return
    for (const { number, id } of this.#unacked) {
      if (number <= this.#cursor) continue
      this.#link!.sendUp({ message: id })
      this.#cursor = number
    }
    while (this.#queue.length > 0 && this.#unacked.length < this.#options.window) {
      const id = this.#queue.shift()!
      this.#unacked.push({ number: ++this.#sent, id })
      this.#cursor = this.#sent
      this.#link!.sendUp({ message: id })
    }
  }

  #sendAck() {
    this.#told = this.#received
    this.#link!.sendUp({ is: 'ack', received: this.#received })
  }

  #onWelcome(frame: ControlFrame & { readonly is: 'welcome' }) {
    const hadSession = this.session !== undefined || this.#wasLost
    this.#quarter = Math.max(1, Math.floor(frame.window.messages / 4))
    if (frame.resumed) {
      const { acked, received } = frame
      // A server that forgot what it had acknowledged, or that has had what was never sent, lost its state.
      if (!this.session || acked < this.#acked || received < acked || received > this.#sent) return this.#break()
      this.#acknowledge(acked)
      this.#cursor = received
    } else {
      // It may still know how far it got.
      if (this.session && frame.acked !== undefined && frame.acked <= this.#sent) this.#acknowledge(frame.acked)
      this.#lose()
      this.session = { id: frame.id, key: frame.key }
    }
    this.phase = 'ready'
    this.#wasLost = false
    const verdict = frame.resumed ? 'resumed' : hadSession ? 'lost' : 'new'
    this.#tell('opened', { session: verdict, id: this.session.id })
    this.#sendAck()
    this.#pump()
  }

  /** The server takes nothing more: what it has not had goes to the front of the queue. */
  #onBye(received: number) {
    this.#acknowledge(received)
    const ids = this.#unacked.map(({ id }) => id)
    this.#link!.sendUp({ is: 'bye', received: this.#received })
    this.#tell('ended', { id: this.session?.id })
    this.#clear()
    this.#queue = [...ids, ...this.#queue]
    this.phase = 'offline'
  }

  #onMessage(from: ClientLink, message: string) {
    if (this.phase !== 'ready' && from === this.#link) return this.#break()
    this.#received++
    this.#tell('message', { id: this.session?.id, message })
    if (this.phase === 'ready' && this.#received - this.#told >= this.#quarter) this.#sendAck()
  }
}
