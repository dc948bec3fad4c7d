import { after, now } from '../internal/clock.js'
import type { PlatformSocket } from '../internal/environment.js'
import { messageOf } from '../internal/errors.js'
import { closeIfAlone, endHub } from './ending.js'
import { closePorts, deliver, postNote, postState, shareConnection, type Hub } from './hub.js'
import { failed, holderGone, type Note } from './notes.js'

/** Firefox closes the sockets of a page that navigates with 1001, and emits `pagehide` a little later: then it is a hand-over. In milliseconds. */
const LEAVING_MS = 200

/** The server closes the connection: no tab sends anything more. */
const startClosing = (hub: Hub): void => {
  closePorts(hub)
  postNote(hub, { t: 'closing', epoch: hub.epoch })
}

/** Becomes the holder: opens the real connection. Returns the promise that keeps the lock. */
export const holdConnection = (hub: Hub): Promise<void> => {
  const { key, options, protocols, tab, url } = hub
  hub.state = 'holding'
  hub.epoch = Math.max((tab.newest.get(key) ?? 0) + 1, now())
  tab.newest.set(key, hub.epoch)
  hub.cancelTimer()
  let socket: PlatformSocket
  let error: string | undefined
  try {
    hub.socket = socket = new options.WebSocket(url, protocols)
  } catch (thrown) {
    // An insecure address in a secure page.
    endHub(hub, { ...failed, error: messageOf(thrown) })
    return Promise.resolve()
  }
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => {
    hub.protocol = socket.protocol
    hub.extensions = socket.extensions
    if (!options.waitsForReady) return shareConnection(hub)
    const [first] = hub.ports
    first?.opened()
  }
  socket.onmessage = ({ data }) => {
    if (hub.isOpen) postNote(hub, { t: 'data', epoch: hub.epoch, data })
    deliver(hub, data)
  }
  socket.onerror = () => {
    error = ''
  }
  socket.onclose = ({ code, reason, wasClean }) => {
    const end = () => endHub(hub, { code, reason, wasClean, error })
    if (code !== 1001 || hub.leaving) return end()
    startClosing(hub)
    hub.cancelTimer = after(LEAVING_MS, end)
  }
  postState(hub)
  return new Promise((resolve) => {
    hub.release = resolve
  })
}

/** As the holder: takes a note of another tab. */
export const handleAsHolder = (hub: Hub, note: Note): void => {
  const { epoch, queue, nextTask, socket, unconfirmed } = hub
  if (note.t === 'hello') postState(hub)
  if (note.t === 'leave') void closeIfAlone(hub, note.code, note.reason)
  // A newer connection: the lock was taken away while this tab did not answer.
  if (note.t === 'state' && note.epoch > epoch) endHub(hub, holderGone, false)
  if (note.t === 'kill' && note.epoch === epoch) endHub(hub, holderGone)
  if (note.t !== 'send' || note.epoch !== epoch) return
  // The server has begun to close: the real socket would discard it.
  if (socket!.readyState > 1) return startClosing(hub)
  const { data, from, sentBytes, size } = note
  socket!.send(data)
  hub.writtenBytes += size
  unconfirmed[from] = sentBytes
  queue.push({ from, sentBytes, end: hub.writtenBytes })
  nextTask.port1.postMessage(0)
}

/** The connection is dead: ends it for all tabs, so that the next one is new. */
export const killConnection = (hub: Hub): void => {
  if (hub.state !== 'holding') return postNote(hub, { t: 'kill', epoch: hub.epoch })
  // One that was never usable is not replaced at once by each tab in turn.
  endHub(hub, hub.isOpen ? holderGone : { code: 1006, reason: '', wasClean: false })
}
