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
    if (patch) tell(patch)
    patch = undefined
  }
  return {
    note: (change: Patch) => {
      if (!patch) cancel = after(FRAME_MS, flush)
      patch = { ...patch, ...change }
    },
    /** Tells now what there is to tell. */
    flush,
  }
}
