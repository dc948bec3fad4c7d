import { after, now } from '../internal/clock.js'
import type { SocketAcceptor } from './connection/acceptSocket.js'
import { closeWithin } from './connection/closing.js'
import type { InternalConnection } from './connection/serverConnection.js'
import type { ServerSocket } from './connection/serverSocket.js'
import type { HttpCalls } from './http/httpCalls.js'
import type { UpgradeListener } from './http/listen.js'
import type { Sessions } from './session/sessions.js'

/** What {@link closeGracefully} works on. */
export interface GracefulCloseConfig {
  /** Milliseconds for the whole close. */
  readonly within: number
  readonly closeTimeout: number
  readonly connections: Iterable<InternalConnection>
  readonly acceptor: Pick<SocketAcceptor, 'sockets' | 'whenEmpty' | 'dropFrames'>
  /** `undefined` on a server without sessions. */
  readonly sessions: Pick<Sessions, 'finish' | 'endAll' | 'whenEmpty' | 'dropFrames'> | undefined
  /** The calls over HTTP. */
  readonly http: Pick<HttpCalls, 'whenIdle' | 'giveUp'>
  /** Resolves when no handler of a connection is running. */
  readonly whenHandlersEnd: () => Promise<void>
  readonly listener: Pick<UpgradeListener, 'stop' | 'finish'>
  readonly closeCluster: () => Promise<void>
}

/**
 * The part of the window in which clients are closed one after the other. It is short because clients of this library also spread the attempts that follow: evenly
 * over 10 s after 1012. Over a longer time the two spreads add up to a peak in the middle.
 */
const CLOSING = 0.2
/** The minimum time between two closes, where the window allows it: clients that reconnect at once would all come at once. */
const STEP_MS = 10
/** The part of the window after which calls are not waited for; the rest is for clients that take their time. */
const CALLS = 0.8
/** The time that terminated sockets have to emit `close`. */
const TERMINATE_MS = 1_000

const RESTARTS = 'the server restarts'

/** A time that can be waited for, or be ended early. */
interface Wait {
  readonly done: Promise<void>
  readonly cancel: () => void
}

const wait = (ms: number): Wait => {
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

/** The times of a close, each a promise with its timer. */
interface CloseTimes {
  /** Calls that run until then are not waited for any more: their clients must still get their close frame. */
  readonly callsEnd: Wait
  readonly deadline: Wait
  /** The milliseconds until the deadline. */
  readonly left: () => number
}

/** Closes one client after `delay` ms, once its calls have been replied to. */
const closeClient = async (
  connection: InternalConnection,
  delay: number,
  { closeTimeout, sessions }: Pick<GracefulCloseConfig, 'closeTimeout' | 'sessions'>,
  { callsEnd, left }: CloseTimes,
): Promise<void> => {
  const { view, socket, calls, ending, handling } = connection
  const gone = new Promise((resolve) => socket.once('close', resolve))
  if (delay > 0) {
    const turn = wait(delay)
    await Promise.race([turn.done, callsEnd.done, gone])
    turn.cancel()
  }
  calls.refuseFurther()
  await Promise.race([calls.whenIdle(), callsEnd.done, gone])
  // The last reply is sent a few microtasks after its call has ended.
  await wait(0).done
  if (handling) return await sessions?.finish(connection, callsEnd.done)
  // A client that reads slowly gets all that waits for it, as long as there is time.
  ending.finish(1012, RESTARTS, view.bufferedAmount > 0 ? left() : Math.min(closeTimeout, left()))
}

const closeClients = async (config: GracefulCloseConfig, times: CloseTimes): Promise<void> => {
  const { within, closeTimeout, acceptor } = config
  const connections = [...config.connections]
  const step = Math.min(STEP_MS, (within * CLOSING) / Math.max(1, connections.length))
  const admitted = new Set<ServerSocket>(connections.map(({ view }) => view.ws))
  for (const ws of acceptor.sockets()) if (!admitted.has(ws)) closeWithin(ws, 1012, RESTARTS, closeTimeout)
  await Promise.all(
    connections.map(async (connection, index) => await closeClient(connection, index * step, config, times)),
  )
  await acceptor.whenEmpty()
  await config.sessions?.whenEmpty()
  // What clients sent until their close frame may have started further calls.
  await Promise.all(connections.map(async ({ calls }) => await calls.whenIdle()))
  await config.whenHandlersEnd()
}

const closeHttp = async ({ http }: GracefulCloseConfig, { callsEnd }: CloseTimes): Promise<void> => {
  await Promise.race([http.whenIdle(), callsEnd.done])
  http.giveUp()
}

/**
 * Closes a server: it accepts no more connections, each client is closed with 1012 in its turn, once its calls have been replied to, and what is
 * left after `within` ms is terminated.
 */
export const closeGracefully = async (config: GracefulCloseConfig): Promise<void> => {
  const { within, acceptor, listener } = config
  listener.stop()
  const endsAt = now() + within
  const times: CloseTimes = {
    callsEnd: wait(within * CALLS),
    deadline: wait(within),
    left: () => Math.max(0, endsAt - now()),
  }
  const { deadline } = times
  await Promise.race([Promise.all([closeClients(config, times), closeHttp(config, times)]), deadline.done])
  // Those whose turn has not come.
  config.sessions?.endAll()
  for (const ws of acceptor.sockets()) ws.terminate()
  acceptor.dropFrames()
  config.sessions?.dropFrames()
  const patience = wait(TERMINATE_MS)
  await Promise.race([acceptor.whenEmpty(), patience.done])
  patience.cancel()
  await Promise.race([config.closeCluster(), deadline.done])
  times.callsEnd.cancel()
  deadline.cancel()
  await listener.finish()
}
