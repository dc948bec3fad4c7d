import { EventEmitter } from 'node:events'
import type { Packet } from '../connection/packets.js'
import type { ServerSocket } from '../connection/serverSocket.js'

/** What a session socket passes on to its session. */
export interface SessionSocketTarget {
  /** Gives a packet a number and keeps it. */
  readonly send: (packet: Packet) => void
  /** Whether a packet of so many bytes would end the session. */
  readonly isFull: (bytes: number) => boolean
  /** Ends the session by `bye`. */
  readonly end: (code: number, reason: string) => void
  /** Closes the connection below; the session stays. */
  readonly drop: (code: number, reason: string) => void
  /** The socket below; `undefined` while the session is suspended. */
  readonly below: () => ServerSocket | undefined
  /** Whether a packet can be kept: a store cannot read a Blob. */
  readonly canKeep: (packet: Packet) => boolean
}

/** `readyState` as in browsers. */
const OPEN = 1
const CLOSED = 3

/**
 * The socket of a connection that has a session. It stays open while the WebSockets below it come and go, so all that a connection does goes on over a
 * resume, and all that it sends is counted here, in one place.
 */
export class SessionSocket extends EventEmitter implements ServerSocket {
  readonly protocol: string
  readyState = OPEN
  binaryType = 'arraybuffer'
  isPaused = false
  readonly #target: SessionSocketTarget

  constructor(protocol: string, target: SessionSocketTarget) {
    super()
    this.protocol = protocol
    this.#target = target
  }

  get bufferedAmount() {
    return this.#target.below()?.bufferedAmount ?? 0
  }

  send(data: Packet['data'], options: Packet['options']) {
    if (!this.#target.canKeep({ data, options }))
      throw new TypeError(
        'Expected the codec to encode to a text or to bytes, got a Blob, which a store of sessions cannot keep.',
      )
    this.#target.send({ data, options })
  }

  isFull(bytes: number) {
    return this.#target.isFull(bytes)
  }

  close(code: number, reason: string) {
    if (this.readyState === OPEN) this.#target.end(code, reason)
  }

  drop(code: number, reason: string) {
    if (this.readyState === OPEN) this.#target.drop(code, reason)
  }

  terminate() {
    this.close(1000, '')
    this.#target.below()?.terminate()
  }

  pause() {
    this.isPaused = true
    this.#target.below()?.pause?.()
  }

  resume() {
    this.isPaused = false
    this.#target.below()?.resume?.()
  }

  /** The session is over. */
  end(code: number, reason: string) {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.emit('close', code, reason)
  }
}
