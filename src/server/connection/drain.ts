import { after } from '../../internal/clock.js'
import type { FrameQueue } from './frameQueue.js'
import type { ConnectionLifetime } from './lifetime.js'
import type { InternalConnection } from './serverConnection.js'

/** What {@link drainConnection} needs. */
export interface DrainConfig {
  readonly lifetime: Pick<ConnectionLifetime, 'abort' | 'end' | 'finish'>
  readonly frames: FrameQueue
  /** `undefined` for a client that was not admitted. */
  readonly connection: InternalConnection | undefined
  readonly code: number
  /** Returns why the connection has ended. */
  readonly reason: () => string
  /** Called just before the connection is removed. */
  readonly onEnd?: () => void
  /** Called when all frames are done. */
  readonly onDrained: () => void
}

/** How long `remove` waits for the frames of a socket that has closed, so that a message usually comes before it. */
const REMOVE_WITHIN = 1_000
/** How long the frames of a socket that has closed may still wait for the app. */
const DRAIN_TIMEOUT = 30_000

/** Ends a connection whose socket has closed: what it has sent before is still processed. */
export const drainConnection = (config: DrainConfig): void => {
  const { lifetime, frames, connection, code, reason } = config
  // A client that was not admitted has no connection that could process its frames.
  if (!connection) frames.stop()
  frames.hurry()
  if (connection) lifetime.abort(connection)
  let hasEnded = false
  const end = () => {
    if (hasEnded) return
    hasEnded = true
    config.onEnd?.()
    if (connection) lifetime.end(connection, code, reason())
  }
  const timers = [after(REMOVE_WITHIN, end), after(DRAIN_TIMEOUT, () => frames.stop())]
  frames.whenIdle(() => {
    for (const cancel of timers) cancel()
    end()
    if (connection) lifetime.finish(connection)
    config.onDrained()
  })
}
