import { after, now } from '../internal/clock.js'
import { endHub } from './ending.js'
import { deliver, openPorts, postNote, postOn, type Hub } from './hub.js'
import { taken, type Note } from './notes.js'

/** A timer that is later than this comes from a page that was busy or asleep: it asks again before it decides. In milliseconds. */
const LATE_MS = 250

/** Takes a `state`: joins the connection. Returns false for one that is not followed. */
const follow = (hub: Hub, { epoch, extensions, open, protocol }: Extract<Note, { t: 'state' }>): boolean => {
  const { newest } = hub.tab
  // A tab that was stuck and does not know yet that it lost the lock.
  if (epoch < (newest.get(hub.key) ?? 0)) return false
  newest.set(hub.key, epoch)
  if (hub.epoch && epoch !== hub.epoch) {
    // A newer one, and no note of the end of ours.
    endHub(hub, taken, false)
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
export const takeAsFollower = (hub: Hub, note: Note): void => {
  if (note.t === 'state' && !follow(hub, note)) return
  if (!('epoch' in note) || note.epoch !== hub.epoch) return
  hub.heardAt = now()
  if (note.t === 'data') deliver(hub, note.data)
  if (note.t === 'sent') {
    hub.passed = note.passed[hub.tab.id] ?? hub.passed
    hub.proven = note.proven[hub.tab.id] ?? hub.proven
  }
  if (note.t === 'closing') for (const port of hub.ports) port.closing()
  if (note.t === 'close') endHub(hub, note, false)
}

/** Asks the holder whether it is there, twice in `patience`. When it does not answer, its lock is taken from it. */
export const watchHolder = (hub: Hub, askedAt?: number): void => {
  const { key, options, tab } = hub
  const half = options.patience / 2
  const due = now() + half
  hub.cancelTimer = after(half + Math.random() * LATE_MS, () => {
    const time = now()
    const isLate = time - due > 2 * LATE_MS
    const isSilent = askedAt !== undefined && hub.heardAt < askedAt
    if (isSilent && !isLate && time - hub.heardAt > options.patience) {
      // Breaks the lock and gives it back at once: all tabs in line, this one too, are then granted it in order.
      // Two tabs may do so at once: the lock of one of them is broken again.
      tab.platform.locks.request(key, { steal: true }, () => {}).catch(() => {})
      return watchHolder(hub)
    }
    // Whatever the holder has posted meanwhile answers all tabs.
    if (time - hub.heardAt < half) return watchHolder(hub)
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
  endHub(hub, taken, true)
}
