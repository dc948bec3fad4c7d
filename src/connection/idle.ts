import { at, now, type Cancel } from '../internal/clock.js'

/** Watches for silence. */
export interface Idle {
  /** There was traffic. */
  readonly touch: () => void
  readonly stop: () => void
}

/**
 * Calls `onIdle` once when there was no traffic for `timeout` milliseconds, and nothing was expected; 0 never. One timer, however much
 * traffic.
 */
export const watchIdle = (timeout: number, onIdle: () => void, isBusy?: () => boolean): Idle => {
  let touchedAt = now()
  let cancel: Cancel = () => {}
  const look = () => {
    if (isBusy?.()) touchedAt = now()
    const due = touchedAt + timeout
    if (now() < due) cancel = at(due, look)
    else onIdle()
  }
  // Without a timeout nobody asks when there was traffic, which is often.
  if (!timeout) return { touch: () => {}, stop: () => {} }
  cancel = at(touchedAt + timeout, look)
  return {
    touch: () => {
      touchedAt = now()
    },
    stop: () => cancel(),
  }
}
