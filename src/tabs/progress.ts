import { after } from '../internal/clock.js'
import { postNote, type Hub } from './hub.js'
import type { BytesByTab } from './notes.js'

// What the holder reports to the other tabs about their sends: how far the real socket has passed them on, and how far they have arrived.

/** A backlog of the real socket is looked at this often, in milliseconds: there is no event for it. */
const POLL_MS = 50

const postProgress = (hub: Hub, passed: BytesByTab, confirmed: BytesByTab): void => {
  const isNews = Object.keys({ ...passed, ...confirmed }).length > 0
  if (isNews) postNote(hub, { t: 'sent', epoch: hub.epoch, passed, confirmed })
}

/** As the holder: reports what the real socket has passed on. */
export const reportPassed = (hub: Hub): void => {
  const { queue, socket, state, writtenBytes } = hub
  if (state !== 'holding' || !queue.length) return
  const passed: Record<string, number> = {}
  while (queue[0] && queue[0].end <= writtenBytes - socket!.bufferedAmount) {
    const { from, sentBytes } = queue.shift()!
    passed[from] = sentBytes
  }
  postProgress(hub, passed, {})
  if (!queue.length || hub.isPolling) return
  hub.isPolling = true
  hub.cancelTimer = after(POLL_MS, () => {
    hub.isPolling = false
    reportPassed(hub)
  })
}

/** As the holder: what each tab has sent since the last call. {@link reportConfirmed} takes it once the server has answered something that was sent later. */
export const takeUnconfirmed = (hub: Hub): BytesByTab => {
  const { unconfirmed } = hub
  hub.unconfirmed = {}
  return unconfirmed
}

/** As the holder: these sends have arrived. */
export const reportConfirmed = (hub: Hub, confirmed: BytesByTab): void => {
  hub.confirmedBytes = confirmed[hub.tab.id] ?? hub.confirmedBytes
  postProgress(hub, {}, confirmed)
}
