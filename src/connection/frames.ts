import type { ReceivedFrame } from '../internal/bytes.js'
import { noHooks, type HookLists } from '../internal/hookLists.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { ConnectionHooks } from './hooks.js'

/** Gives received frames to the hooks. */
export const createFrames = (hooks: HookLists<ConnectionHooks>) => {
  let isOn = false
  let pending: PromiseLike<void> | undefined
  /** Gives a frame to `receive`, past `onFrame`. */
  const deliver = (frame: ReceivedFrame) => {
    for (const { call } of hooks.lists.receive ?? noHooks) {
      const delivered = call(frame)
      if (!isPromiseLike(delivered)) continue
      pending = delivered
      void delivered.then(() => {
        if (pending === delivered) pending = undefined
      })
    }
  }
  return {
    deliver,
    /** Turns receiving on or off: what arrives before the socket is open, or after the link has ended, is ignored. */
    turn: (on: boolean) => {
      isOn = on
    },
    receive: (frame: ReceivedFrame) => {
      if (!isOn) return
      for (const { call } of hooks.lists.onFrame ?? noHooks) if (call(frame)) return
      deliver(frame)
    },
    /** Settles when every frame so far has been delivered; `undefined` when that is now. */
    pending: () => pending,
    /** Ignores what is pending. */
    forget: () => {
      pending = undefined
    },
  }
}
