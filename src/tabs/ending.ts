import { postNote, type Hub, type Port } from './hub.js'
import { failed, handedOver, type SharedEnd } from './notes.js'
import { reportPassed } from './progress.js'

/** The hub is used no more: its lock, its channel and its timer end. */
const retireHub = (hub: Hub): void => {
  const { abort, channel, key, nextTask, tab } = hub
  hub.state = 'over'
  hub.cancelTimer()
  if (tab.hubs.get(key) === hub) tab.hubs.delete(key)
  channel.close()
  nextTask.port1.close()
  // The lock is kept until its callback has settled, which waits for an echo or for `release`.
  hub.onEcho()
  hub.release()
  abort.abort()
}

/** The connection is over for this tab and, with `endsOthers`, for the other tabs too. */
export const endHub = (hub: Hub, end: SharedEnd, endsOthers = hub.state === 'holding'): void => {
  if (hub.state === 'over') return
  const { code, reason, wasClean, error } = end
  // The other tabs then know which of their sends did not go out.
  reportPassed(hub)
  if (endsOthers) postNote(hub, { t: 'close', epoch: hub.epoch, code, reason, wasClean, error })
  retireHub(hub)
  // Its events have no effect any more.
  hub.socket?.close()
  for (const port of hub.ports) port.closed(end)
}

/** Ends the real connection if no other tab uses it. Every other tab that does waits for its lock, also one that crashed without a note. */
export const closeIfAlone = async (
  hub: Hub,
  code: number | undefined,
  reason: string | undefined,
  port?: Port,
  end?: SharedEnd,
): Promise<void> => {
  const { key, options, ports, socket, tab } = hub
  // A page that is being left may not ask: then another tab is assumed.
  const { pending = [] } = await tab.platform.locks.query().catch(() => ({ pending: [{ name: key }] }))
  if (hub.state !== 'holding') return
  const isAlone = !pending.some(({ name }) => name === key)
  if (isAlone && ports.size === (port ? 1 : 0)) {
    // The next connection does not wait for the end of this one.
    retireHub(hub)
    socket!.onclose = (event) => port?.closed(end === failed ? failed : event)
    return socket!.close(code, reason)
  }
  if (!port) return
  ports.delete(port)
  hub.leaving = undefined
  // Another tab has to perform the handshake and to answer the server from now on. A bare socket only passes messages on.
  if (options.waitsForReady) endHub(hub, handedOver)
  port.closed(end!)
}

/** A port is closed by its app, which gets `end`. The connection goes on for the others: those of this tab, or of other tabs. */
export const leaveHub = (
  hub: Hub,
  port: Port,
  end: SharedEnd,
  code: number | undefined,
  reason: string | undefined,
): void => {
  const { ports, state } = hub
  // The last of this tab. Whether another tab uses the connection is known in a moment.
  if (state === 'holding' && ports.size === 1) {
    hub.leaving = closeIfAlone(hub, code, reason, port, end)
    return
  }
  const [first] = ports
  ports.delete(port)
  queueMicrotask(() => port.closed(end))
  if (state === 'holding' && first === port && hub.options.waitsForReady) return endHub(hub, handedOver)
  if (ports.size || state === 'over') return
  postNote(hub, { t: 'leave', code, reason })
  endHub(hub, { code: 1005, reason: '', wasClean: true })
}
