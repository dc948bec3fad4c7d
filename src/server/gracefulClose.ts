import type { WebSocket } from 'ws'
import { after } from '../internal/clock.js'
import { closeWithin } from './connection/closing.js'
import type { InternalConnection } from './connection/serverConnection.js'

/** What {@link closeGracefully} works on. */
export interface GracefulCloseConfig {
  /** Milliseconds for the whole close. */
  readonly within: number
  readonly closeTimeout: number
  readonly connections: Iterable<InternalConnection>
  /** All sockets, also those of clients that have not been admitted. */
  readonly sockets: ReadonlySet<WebSocket>
  /** Resolves when there is no socket. */
  readonly whenEmpty: () => Promise<void>
  /** Resolves when no handler of a connection is running. */
  readonly whenHandlersEnd: () => Promise<void>
  /** Stops listening. */
  readonly stop: () => void
  /** Leaves the port. */
  readonly finish: () => Promise<void>
  readonly closeCluster: () => Promise<void>
}

/**
 * The part of the window in which clients are closed one after the other. It is short because clients of this library also spread the attempts that follow: evenly
 * over 10 s after 1012. Over a longer time the two spreads add up to a peak in the middle.
 */
const CLOSING = 0.2
/** The minimum time between two closes, where the window allows it: clients that reconnect at once would all come at once. */
const STEP_MS = 10
/** The time that terminated sockets have to emit `close`. */
const TERMINATE_MS = 1_000

const wait = (ms: number): { readonly done: Promise<void>; readonly cancel: () => void } => {
  let resolve = () => {}
  const done = new Promise<void>((fulfil) => {
    resolve = fulfil
  })
  const cancelTimer = after(ms, resolve)
  return {
    done,
    cancel: () => {
      cancelTimer()
      resolve()
    },
  }
}

/** Closes one client after `delay` ms, once its calls have been replied to. */
const closeClient = async (
  { view, calls }: InternalConnection,
  delay: number,
  deadline: Promise<void>,
): Promise<void> => {
  const gone = new Promise((resolve) => view.ws.once('close', resolve))
  if (delay > 0) {
    const turn = wait(delay)
    await Promise.race([turn.done, deadline, gone])
    turn.cancel()
  }
  calls.refuseFurther()
  await Promise.race([calls.whenIdle(), deadline, gone])
  // The last reply is sent a few microtasks after its call has ended.
  await wait(0).done
  view.close(1012, 'the server restarts')
}

/**
 * Closes a server: it accepts no more connections, each client is closed with 1012 in its turn, once its calls have been replied to, and what is
 * left after `within` ms is terminated.
 */
export const closeGracefully = async (config: GracefulCloseConfig): Promise<void> => {
  const { within, closeTimeout, sockets } = config
  config.stop()
  const deadline = wait(within)
  const connections = [...config.connections]
  const step = Math.min(STEP_MS, (within * CLOSING) / Math.max(1, connections.length))

  const admitted = new Set(connections.map(({ view }) => view.ws))
  for (const ws of sockets) if (!admitted.has(ws)) closeWithin(ws, 1012, 'the server restarts', closeTimeout)
  const closes = connections.map(
    async (connection, index) => await closeClient(connection, index * step, deadline.done),
  )
  await Promise.race([Promise.all(closes).then(config.whenEmpty).then(config.whenHandlersEnd), deadline.done])
  for (const ws of sockets) ws.terminate()
  const patience = wait(TERMINATE_MS)
  await Promise.race([config.whenEmpty(), patience.done])
  patience.cancel()
  await Promise.race([config.closeCluster(), deadline.done])
  deadline.cancel()
  await config.finish()
}
