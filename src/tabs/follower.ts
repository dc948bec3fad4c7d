import { after, monotonicNow } from '../internal/clock.js'
import { endHub } from './ending.js'
import { closePorts, deliver, openPorts, postNote, postOn, type Hub } from './hub.js'
import { holderGone, type Note } from './notes.js'

/** A timer that is later than this, in milliseconds, shows that this page was busy or asleep: the page then asks the holder again before it decides. */
const LATE_MS = 250

/** Takes a `state`: joins the connection. Returns false for one that is not followed. */
const follow = (hub: Hub, { epoch, extensions, open, protocol }: Extract<Note, { t: 'state' }>): boolean => {
  const { newest } = hub.tab
  // A tab that was stuck and does not know yet that it lost the lock.
  if (epoch < (newest.get(hub.key) ?? 0)) return false
  newest.set(hub.key, epoch)
  if (hub.epoch && epoch !== hub.epoch) {
    // A newer one, and no note of the end of ours.
    endHub(hub, holderGone, false)
    return false
  }
  hub.state = 'following'
  hub.epoch = epoch
  hub.protocol = protocol
  hub.extensions = extensions
  if (open && !hub.isOpen) openPorts(hub)
  return true
}

/** As a tab that is not the holder: takes a note of another tab. */
export const handleAsFollower = (hub: Hub, note: Note): void => {
  if (note.t === 'state' && !follow(hub, note)) return
  if (!('epoch' in note) || note.epoch !== hub.epoch) return
  hub.lastSignAt = monotonicNow()
  if (note.t === 'data') deliver(hub, note.data)
  if (note.t === 'sent') {
    hub.passedBytes = note.passed[hub.tab.id] ?? hub.passedBytes
    hub.confirmedBytes = note.confirmed[hub.tab.id] ?? hub.confirmedBytes
  }
  if (note.t === 'closing') closePorts(hub)
  if (note.t === 'close') endHub(hub, note, false)
}

/** Asks the holder whether it is there, twice in `patience`. When it does not answer, its lock is taken from it. */
export const watchHolder = (hub: Hub, askedAt?: number): void => {
  const { key, options, tab } = hub
  const half = options.patience / 2
  const due = monotonicNow() + half
  hub.cancelTimer = after(half + Math.random() * LATE_MS, () => {
    const time = monotonicNow()
    const isLate = time - due > 2 * LATE_MS
    const isSilent = askedAt !== undefined && hub.lastSignAt < askedAt
    if (isSilent && !isLate && time - hub.lastSignAt > options.patience) {
      // Takes the lock and gives it back at once. The first tab in line gets it next, which may be this one.
      // Two tabs may do so at once: the lock of one of them is broken again.
      tab.platform.locks.request(key, { steal: true }, () => {}).catch(() => {})
      return watchHolder(hub)
    }
    // Whatever the holder has posted meanwhile answers all tabs.
    if (time - hub.lastSignAt < half) return watchHolder(hub)
    postNote(hub, { t: 'hello' })
    watchHolder(hub, isSilent && !isLate ? askedAt : time)
  })
}

/** As a follower that was granted the lock: the holder is gone. Waits until its last note must have arrived, then tells the others, which need not wait for the lock. */
export const replaceHolder = async (hub: Hub): Promise<void> => {
  const own = hub.tab.platform.createChannel(hub.key)
  // The lock and the last note travel separately.
  for (let round = 0; round < 2; round++) {
    if ((hub.state as string) === 'over') break
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise<void>((resolve) => {
      hub.onEcho = resolve
      postOn(own, { t: 'echo', from: hub.tab.id })
    })
  }
  own.close()
  endHub(hub, holderGone, true)
}
