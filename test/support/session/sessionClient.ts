import { WebSocket, type ClientOptions } from 'ws'
import {
  isControl,
  isCounted,
  readControlFrame,
  sessionProtocol,
  toControlFrame,
  type Bye,
  type ControlFrame,
  type Hello,
  type Welcome,
} from '../../../src/internal/sessionFrames.js'

/** The client's end of a session over real sockets: counters and frames, nothing else. Each connection is a call of `connect`. */
export class SessionClient {
  /** Where the next connection goes. */
  url: string
  readonly codec: string
  ws: WebSocket | undefined
  key: string | undefined
  turn = 0
  sent = 0
  acked = 0
  received = 0
  /** Frames that have a number and are not acknowledged. */
  unacked: (string | Uint8Array)[] = []
  /** What was not acknowledged when a session was lost. */
  readonly lost: (string | Uint8Array)[] = []
  /** Frames of the server, as texts or Buffers. */
  readonly frames: unknown[] = []
  readonly controls: ControlFrame[] = []
  readonly pongs: string[] = []
  isReady = false
  closed: Promise<{ code: number; reason: string }> = Promise.resolve({ code: 0, reason: '' })
  /** Whether received frames are acknowledged at once. */
  acksAtOnce = true
  #waiters: (() => void)[] = []

  constructor(url: string, codec = '') {
    this.url = url
    this.codec = codec
  }

  /** Opens a socket without a word. */
  async open(options: ClientOptions & { readonly protocols?: readonly string[] } = {}): Promise<WebSocket> {
    const { protocols = [sessionProtocol(this.codec)], ...rest } = options
    const ws = new WebSocket(this.url, [...protocols], rest)
    this.ws = ws
    this.isReady = false
    ws.on('error', () => {})
    ws.on('message', (data, isBinary) => {
      if (this.ws === ws) this.#receive(isBinary ? data : (data as Buffer).toString())
    })
    this.closed = new Promise((resolve) =>
      ws.once('close', (code, reason) => {
        if (this.ws === ws) this.#onClosed(code)
        this.#wake()
        resolve({ code, reason: String(reason) })
      }),
    )
    await Promise.race([new Promise((resolve) => ws.once('open', resolve)), this.closed])
    return ws
  }

  /** The hello that the counters ask for. */
  hello(): Hello {
    const window = { messages: 1000, bytes: 1024 * 1024 }
    if (this.key === undefined) return { is: 'hello', window }
    const { key, received, acked, sent } = this
    return { is: 'hello', key, turn: ++this.turn, received, acked, sent, window }
  }

  /** Connects, says hello, and resolves with the welcome; `undefined` when the socket closes first. */
  async connect(options: Parameters<SessionClient['open']>[0] = {}): Promise<Welcome | undefined> {
    await this.open(options)
    const before = this.controls.length
    this.control(this.hello())
    const find = () => this.controls.slice(before).find(({ is }) => is === 'welcome') as Welcome | undefined
    await this.until(() => find() !== undefined || this.ws?.readyState !== WebSocket.OPEN)
    return find()
  }

  control(frame: ControlFrame): void {
    if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(toControlFrame(frame))
  }

  ack(): void {
    this.control({ is: 'ack', received: this.received })
  }

  /** Sends a counted frame, now or after the next welcome. */
  send(value: unknown): void {
    this.sendRaw(JSON.stringify(value))
  }

  sendRaw(frame: string | Uint8Array): void {
    this.sent++
    this.unacked.push(frame)
    if (this.isReady) this.ws!.send(frame)
  }

  bye(): void {
    this.control({ is: 'bye', received: this.received })
  }

  /** Cuts the connection as a network does. */
  async cut(): Promise<void> {
    this.isReady = false
    this.ws?.terminate()
    await this.closed
  }

  /** Resolves once the condition holds. It is asked after each frame and close. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  /** The frames of the server as JSON. */
  values(): unknown[] {
    return this.frames.map((frame) => JSON.parse(String(frame)) as unknown)
  }

  last<Is extends ControlFrame['is']>(is: Is): Extract<ControlFrame, { is: Is }> | undefined {
    return this.controls.findLast((frame) => frame.is === is) as never
  }

  #receive(frame: unknown): void {
    if (typeof frame === 'string' && isControl(frame)) this.#onControl(readControlFrame(frame)!)
    else if (typeof frame === 'string' && !isCounted(frame)) this.pongs.push(frame)
    else {
      this.received++
      this.frames.push(frame)
      if (this.acksAtOnce) this.ack()
    }
    this.#wake()
  }

  #onControl(frame: ControlFrame): void {
    this.controls.push(frame)
    if (frame.is === 'ack') this.acknowledge(frame.received)
    if (frame.is === 'welcome') this.#onWelcome(frame)
    if (frame.is === 'bye') this.#onBye(frame)
  }

  #onWelcome(frame: Welcome): void {
    if (frame.resumed) {
      this.acknowledge(frame.acked)
    } else {
      if (this.key !== undefined) this.lose()
      this.key = frame.key
      this.turn = this.acked = this.received = 0
      this.sent = this.unacked.length
    }
    this.isReady = true
    this.ack()
    const from = frame.resumed ? frame.received - this.acked : 0
    for (const one of this.unacked.slice(from)) this.ws!.send(one)
  }

  #onClosed(code: number): void {
    this.isReady = false
    if (code !== 4409) return
    // Another connection has the session.
    this.key = undefined
    this.lose()
  }

  /** What is not acknowledged may have arrived. */
  lose(): void {
    this.lost.push(...this.unacked.splice(0))
  }

  /** What was not taken goes out again in the next session. */
  #onBye({ received }: Bye): void {
    this.acknowledge(received)
    this.bye()
    this.key = undefined
    this.isReady = false
    this.sent = this.unacked.length
    this.acked = 0
  }

  acknowledge(number: number): void {
    if (number <= this.acked) return
    this.unacked.splice(0, number - this.acked)
    this.acked = number
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve()
  }
}
