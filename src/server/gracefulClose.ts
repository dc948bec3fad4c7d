import type { WebSocket } from 'ws'
import { after } from '../internal/clock.js'
import type { Limits } from './options.js'
import { closeSoftly } from './connection/outbound.js'
import type { Peer } from './connection/serverConnection.js'

/** What a graceful end works on. */
export interface CloseConfig {
  readonly limits: Limits
  readonly peers: () => Iterable<Peer>
  /** All sockets, also those that have not been let in. */
  readonly sockets: ReadonlySet<WebSocket>
  /** Resolves when none of them is left. */
  readonly whenEmpty: () => Promise<void>
  /** Resolves when the handlers of connections have ended. */
  readonly whenHandled: () => Promise<void>
  readonly stop: () => void
  readonly finish: () => Promise<void>
  readonly leaveCluster: () => Promise<void>
}

/** At least so long between two goodbyes, where the window allows: clients that come back at once would all come at once. */
const STEP_MS = 10
/** The part of the window in which goodbyes are said; the rest is for those who take their time. */
const SPREAD = 0.8
const CUT_OFF_MS = 1_000

const wait = (ms: number): { readonly done: Promise<void>; readonly cancel: () => void } => {
  let finish = () => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  const cancel = after(ms, finish)
  return {
    done,
    cancel: () => {
      cancel()
      finish()
    },
  }
}

/** Ends a server: no new connections, 1012 to each client in turn once its calls are answered, and after `within` ms the rest is cut off. */
export const closeGracefully = async (config: CloseConfig, within: number): Promise<void> => {
  const { limits, sockets } = config
  config.stop()
  const deadline = wait(within)
  const peers = [...config.peers()]
  const step = Math.min(STEP_MS, (within * SPREAD) / Math.max(1, peers.length))

  const sayGoodbye = async (peer: Peer, index: number): Promise<void> => {
    const gone = new Promise((resolve) => peer.connection.ws.once('close', resolve))
    if (index > 0) {
      const turn = wait(index * step)
      await Promise.race([turn.done, deadline.done, gone])
      turn.cancel()
    }
    peer.calls.drain()
    await Promise.race([peer.calls.whenIdle(), deadline.done, gone])
    // The last answer goes out a few microtasks after its call has ended.
    await wait(0).done
    peer.connection.close(1012, 'the server restarts')
  }

  const letIn = new Set(peers.map(({ connection }) => connection.ws))
  for (const ws of sockets) if (!letIn.has(ws)) closeSoftly(ws, 1012, 'the server restarts', limits.closeTimeout)
  const goodbyes = Promise.all(peers.map(sayGoodbye))
  await Promise.race([goodbyes.then(config.whenEmpty).then(config.whenHandled), deadline.done])
  for (const ws of sockets) ws.terminate()
  // A socket that was cut off says so a little later.
  const patience = wait(CUT_OFF_MS)
  await Promise.race([config.whenEmpty(), patience.done])
  patience.cancel()
  await Promise.race([config.leaveCluster(), deadline.done])
  deadline.cancel()
  await config.finish()
}
