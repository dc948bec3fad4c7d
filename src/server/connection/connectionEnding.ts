import type { WebSocket } from 'ws'
import type { RunningCalls } from '../rpc/runningCalls.js'
import { closeWithin, receivesAfterClose } from './closing.js'
import type { FrameQueue } from './frameQueue.js'
import type { ServerOutbound } from './outbound.js'

/** How the server ends a connection. */
export interface ConnectionEnding {
  /** Stops listening to the client, and closes its connection. */
  readonly dismiss: (code: number, reason: string) => void
  /** Closes the connection: what the client sends until its own close frame is processed. It is disconnected after `timeout` ms. */
  readonly finish: (code: number, reason: string, timeout: number) => void
  /** One of the two, depending on the code: nothing more is processed of a client that the app refuses. */
  readonly close: (code: number, reason: string) => void
  /** Disconnects the client at once. */
  readonly terminate: () => void
}

/** What {@link createConnectionEnding} needs. */
export interface ConnectionEndingConfig {
  readonly ws: WebSocket
  readonly frames: FrameQueue
  readonly calls: Pick<RunningCalls, 'refuseFurther'>
  readonly outbound: Pick<ServerOutbound, 'runAfterPending'>
  readonly closeTimeout: number
}

/** Creates the ending of one connection. */
export const createConnectionEnding = (config: ConnectionEndingConfig): ConnectionEnding => {
  const { ws, frames, calls, outbound, closeTimeout } = config
  const closeAfterPending = (code: number, reason: string, timeout: number): void =>
    outbound.runAfterPending(() => closeWithin(ws, code, reason, timeout))
  const dismiss: ConnectionEnding['dismiss'] = (code, reason) => {
    frames.stop()
    closeAfterPending(code, reason, closeTimeout)
  }
  const finish: ConnectionEnding['finish'] = (code, reason, timeout) => {
    // The replies to further calls could not be sent.
    calls.refuseFurther()
    frames.hurry()
    closeAfterPending(code, reason, timeout)
  }
  return {
    dismiss,
    finish,
    close: (code, reason) => (receivesAfterClose(code) ? finish(code, reason, closeTimeout) : dismiss(code, reason)),
    terminate: () => {
      frames.stop()
      ws.terminate()
    },
  }
}
