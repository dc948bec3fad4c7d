import { Buffer } from 'node:buffer'
import { after, type Cancel } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import { codecOfSession, toControlFrame, type ControlFrame } from '../../internal/sessionFrames.js'
import { closeWithin, OPEN_STATE } from '../connection/closing.js'
import type { Packet } from '../connection/packets.js'
import type { AdmittedSocket } from '../connection/serverConnection.js'
import { createTokenBucket, type TokenBucket } from '../connection/tokenBucket.js'
import { networkOf } from '../http/addresses.js'
import type { Limits } from '../limits.js'
import type { SessionLink } from './session.js'

/** Acknowledgements that say nothing new, in a second. */
const MAX_IDLE_ACKS = 50

const TEXT = { binary: false } as const

/** What a link of a WebSocket needs. */
export interface SocketLinkConfig {
  readonly limits: Pick<Limits, 'closeTimeout' | 'handshakeTimeout'>
  readonly onSendError: (link: SocketLink, message: string) => void
}

/** One WebSocket below a session. */
export class SocketLink implements SessionLink<Packet> {
  readonly admitted: AdmittedSocket
  readonly owner: string
  readonly codec: string
  readonly network: string
  hasGreeted = false
  readonly #config: SocketLinkConfig
  readonly #cancelDeadline: Cancel
  #isClosing = false
  #idleAcks: TokenBucket | undefined

  constructor(admitted: AdmittedSocket, config: SocketLinkConfig) {
    this.admitted = admitted
    this.owner = admitted.identity.owner
    this.codec = codecOfSession(admitted.ws.protocol) ?? ''
    this.network = networkOf(admitted.ip)
    this.#config = config
    this.#cancelDeadline = after(config.limits.handshakeTimeout, () => this.close(4408, 'no session within the time'))
  }

  isOver() {
    return this.#isClosing || this.admitted.ws.readyState !== OPEN_STATE
  }

  sendText(text: string) {
    if (!this.isOver()) this.admitted.ws.send(Buffer.from(text), TEXT)
  }

  sendControl(frame: ControlFrame) {
    if (frame.is === 'welcome') this.#cancelDeadline()
    this.sendText(toControlFrame(frame))
  }

  sendFrame({ data, options }: Packet) {
    if (this.isOver()) return
    try {
      this.admitted.ws.send(data as never, options)
      this.admitted.onSent()
    } catch (error) {
      this.#config.onSendError(this, messageOf(error))
    }
  }

  close(code: number, reason: string) {
    this.#isClosing = true
    this.#cancelDeadline()
    closeWithin(this.admitted.ws, code, reason, this.#config.limits.closeTimeout)
  }

  /** The WebSocket has closed. */
  end() {
    this.#isClosing = true
    this.#cancelDeadline()
  }

  /** Counts an acknowledgement that says nothing new. Returns whether there are too many. */
  countIdleAck(): boolean {
    return !(this.#idleAcks ??= createTokenBucket(MAX_IDLE_ACKS, MAX_IDLE_ACKS)).take()
  }
}
