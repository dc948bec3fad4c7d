import { after, type Cancel } from '../internal/clock.js'
import type { SocketEvents } from './types.js'

type Patch = SocketEvents['changed']

/** One frame of a 60 Hz screen. */
const FRAME_MS = 16

/** Counters that change often, told together at most once a frame. */
export const createChanges = (tell: (patch: Patch) => void) => {
  let patch: Patch | undefined
  let cancel: Cancel = () => {}
  const flush = () => {
    cancel()
    const told = patch
    // Before it is told: a listener may change the counters again.
    patch = undefined
    if (told) tell(told)
  }
  return {
    note: (change: Patch) => {
      if (!patch) cancel = after(FRAME_MS, flush)
      patch = { ...patch, ...change }
    },
    /** The socket that this was noted of is gone; only the queue outlives it. */
    forget: () => {
      const queued = patch?.queued
      if (queued !== undefined) patch = { queued }
      else if (patch) {
        cancel()
        patch = undefined
      }
    },
    /** Tells now what there is to tell. */
    flush,
  }
}
