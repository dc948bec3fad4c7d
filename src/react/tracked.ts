import { useMemo, useSyncExternalStore } from 'react'
import type { Attached } from './attach.js'

/** What stands for the store before it is looked at: for a server's render, and for the first one in the browser after it. */
const BEFORE = -1

/** What a component reads of a flat object. */
const createTracking = <View extends object>(read: () => View, before: View) => {
  const keys = new Set<keyof View>()
  let seen = before
  /** Counts the changes of what is read. */
  let version = 0
  return {
    /** Compares with what was there when this was called last. Returns another number when something changed that is read. */
    look: (): number => {
      const next = read()
      for (const key of keys) {
        if (Object.is(seen[key], next[key])) continue
        version++
        break
      }
      seen = next
      return version
    },
    /** What was seen last or, for what is rendered without the store, `before`, as an object that notes what is read. */
    show: (isBefore: boolean): View => {
      const shown = {} as View
      for (const key of Object.keys(before) as (keyof View)[]) {
        const get = () => {
          keys.add(key)
          // Not what was there at the render: a child, or a handler, may be the first to read it, and later.
          return (isBefore ? before : seen)[key]
        }
        Object.defineProperty(shown, key, { enumerable: true, get })
      }
      return shown
    },
  }
}

/**
 * What `read` makes of the store's state, flat. The component is rendered again when a member changes that it has ever read, and for no other. `before` is
 * what a server renders and, so that both agree, the browser first. `read` is another function when it is of something else.
 */
export const useTracked = <View extends object>({ subscribe }: Attached, read: () => View, before: View): View => {
  // Each has its own: a render for something else, which may never be committed, must not change what is on the page.
  const { look, show } = useMemo(() => createTracking(read, before), [read, before])
  const version = useSyncExternalStore(subscribe, look, () => BEFORE)
  return show(version === BEFORE)
}
