import { after } from '../internal/clock.js'
import { postNote, type Hub } from './hub.js'
import type { BytesByTab } from './notes.js'

// What the other tabs are told about their sends: how far the real socket has passed them on, and how far they have arrived.

/** A backlog of the real socket is looked at this often, in milliseconds: there is no event for it. */
const POLL_MS = 50

const postProgress = (hub: Hub): void =>
  postNote(hub, { t: 'sent', epoch: hub.epoch, passed: hub.passedOf, proven: hub.provenOf })

/** As the holder: reports what the real socket has passed on. */
export const reportPassed = (hub: Hub): void => {
  const { queue, passedOf, socket, state, total } = hub
  if (state !== 'holding' || !queue.length) return
  const passed = total - socket!.bufferedAmount
  const before = queue.length
  while (queue[0] && queue[0].end <= passed) {
    const { from, size } = queue.shift()!
    passedOf[from] = (passedOf[from] ?? 0) + size
  }
  if (queue.length < before) postProgress(hub)
  if (!queue.length || hub.isPolling) return
  hub.isPolling = true
  hub.cancelTimer = after(POLL_MS, () => {
    hub.isPolling = false
    reportPassed(hub)
  })
}

/** As the holder: a place in the order of what the real socket was given. {@link reportProven} takes it once the server has answered something sent there. */
export const placeOf = ({ takenOf }: Hub): BytesByTab => ({ ...takenOf })

/** As the holder: what was sent before `place` has arrived. */
export const reportProven = (hub: Hub, place: BytesByTab): void => {
  const { provenOf } = hub
  if (Object.keys(place).every((from) => place[from] === provenOf[from])) return
  hub.provenOf = { ...provenOf, ...place }
  postProgress(hub)
}
