import type { RunningCalls } from '../rpc/runningCalls.js'
import { closeWithin, receivesAfterClose, terminateWith } from './closing.js'
import type { FrameQueue } from './frameQueue.js'
import type { ServerOutbound } from './outbound.js'
import { isKept, type ServerSocket } from './serverSocket.js'

/** What {@link ConnectionEnding} needs. */
export interface ConnectionEndingConfig {
  readonly ws: ServerSocket
  readonly frames: FrameQueue
  readonly calls: Pick<RunningCalls, 'refuseFurther'>
  readonly outbound: Pick<ServerOutbound, 'runAfterPending'>
  readonly closeTimeout: number
}

/** How the server ends a connection. A class because of its prototype: most connections never use it. */
export class ConnectionEnding {
  readonly #config: ConnectionEndingConfig

  constructor(config: ConnectionEndingConfig) {
    this.#config = config
  }

  #closeAfterPending(code: number, reason: string, timeout: number) {
    const { ws, outbound } = this.#config
    outbound.runAfterPending(() => closeWithin(ws, code, reason, timeout))
  }

  /** Stops listening to the client, and closes its connection. */
  dismiss(code: number, reason: string) {
    this.#config.frames.stop()
    this.#closeAfterPending(code, reason, this.#config.closeTimeout)
  }

  /** Closes the WebSocket of a client that has to do something else first. A session stays: its client may resume it. */
  refuse(code: number, reason: string) {
    const { ws } = this.#config
    if (isKept(ws)) ws.drop(code, reason)
    else this.dismiss(code, reason)
  }

  /** Closes the connection: what the client sends until its own close frame is processed. It is disconnected after `timeout` ms. */
  finish(code: number, reason: string, timeout: number) {
    // The replies to further calls could not be sent.
    this.#config.calls.refuseFurther()
    this.#config.frames.hurry()
    this.#closeAfterPending(code, reason, timeout)
  }

  /** One of the two, depending on the code: nothing more is processed of a client that the app refuses. */
  close(code: number, reason: string) {
    if (receivesAfterClose(code)) this.finish(code, reason, this.#config.closeTimeout)
    else this.dismiss(code, reason)
  }

  /** Disconnects the client at once. */
  terminate() {
    this.#config.frames.stop()
    terminateWith(this.#config.ws, 'terminated')
  }
}
