import { after } from '../internal/clock.js'
import { postNote, type Hub } from './hub.js'
import type { BytesByTab } from './notes.js'

// What the other tabs are told about their sends: how far the real socket has passed them on, and how far they have arrived.

/** A backlog of the real socket is looked at this often, in milliseconds: there is no event for it. */
const POLL_MS = 50

const postProgress = (hub: Hub, passed: BytesByTab, proven: BytesByTab): void => {
  const isNews = Object.keys({ ...passed, ...proven }).length > 0
  if (isNews) postNote(hub, { t: 'sent', epoch: hub.epoch, passed, proven })
}

/** As the holder: reports what the real socket has passed on. */
export const reportPassed = (hub: Hub): void => {
  const { queue, socket, state, total } = hub
  if (state !== 'holding' || !queue.length) return
  const passed: Record<string, number> = {}
  while (queue[0] && queue[0].end <= total - socket!.bufferedAmount) {
    const { from, given } = queue.shift()!
    passed[from] = given
  }
  postProgress(hub, passed, {})
  if (!queue.length || hub.isPolling) return
  hub.isPolling = true
  hub.cancelTimer = after(POLL_MS, () => {
    hub.isPolling = false
    reportPassed(hub)
  })
}

/**
 * As the holder: a place in the order of what the real socket was given, as what each tab has given since the place before. {@link reportProven} takes it
 * once the server has answered something sent there.
 */
export const takePlace = (hub: Hub): BytesByTab => {
  const { unproven } = hub
  hub.unproven = {}
  return unproven
}

/** As the holder: what was sent before `place` has arrived. */
export const reportProven = (hub: Hub, place: BytesByTab): void => {
  hub.proven = place[hub.tab.id] ?? hub.proven
  postProgress(hub, {}, place)
}
