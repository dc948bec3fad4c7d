import { useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { HookContext } from './storeContext.js'

/** Stands for the store before it is read: on a server, and in the first render of a browser that takes over its page. */
const BEFORE = -1

/** Notes which members of a flat object a component reads. */
const createTracking = <View extends object>(read: () => View, before: View) => {
  const keys = new Set<keyof View>()
  let seen = before
  /** Counts the changes of members that are read. */
  let version = 0
  return {
    /** Compares with the last call. Returns another number when a member that is read has changed. */
    check: (): number => {
      const next = read()
      for (const key of keys) {
        if (Object.is(seen[key], next[key])) continue
        version++
        break
      }
      seen = next
      return version
    },
    /** What was read last or, without the store, `before`, as an object that notes which members are read. */
    createView: (isBefore: boolean): View => {
      const view = {} as View
      for (const key of Object.keys(before) as (keyof View)[]) {
        const get = () => {
          keys.add(key)
          // The newest value and not that of the render: a child or a handler may be the first to read it, and later.
          return (isBefore ? before : seen)[key]
        }
        Object.defineProperty(view, key, { enumerable: true, get })
      }
      return view
    },
  }
}

/**
 * What `read` makes of the store's state, a flat object. The component renders again when a member changes that it has ever read. `before` is rendered on a server
 * and, so that both agree, first in the browser. `read` must be another function when it reads something else.
 */
export const useTracked = <View extends object>({ subscribe }: HookContext, read: () => View, before: View): View => {
  // A render for something else, which may never be committed, must not change what is on the page.
  const { check, createView } = useMemo(() => createTracking(read, before), [read, before])
  const version = useSyncExternalStore(subscribe, check, () => BEFORE)
  return createView(version === BEFORE)
}

/** What the last committed render was given, for code that runs later and must not start again because of it. */
export const useLatest = <Value>(value: Value): { readonly current: Value } => {
  const latest = useRef(value)
  // Before all other effects of the commit, and not on a server.
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
