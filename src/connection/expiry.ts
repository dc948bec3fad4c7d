import { after, now, type Cancel } from '../internal/clock.js'

/** One timer for many times: it runs `onDue` at the earliest. */
export const createExpiry = (onDue: () => void) => {
  let cancel: Cancel = () => {}
  let dueAt = Infinity
  const stop = () => {
    cancel()
    dueAt = Infinity
  }
  return {
    stop,
    add: (time: number) => {
      if (time >= dueAt) return
      stop()
      dueAt = time
      cancel = after(time - now(), onDue)
    },
  }
}
