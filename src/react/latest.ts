import { useInsertionEffect, useRef } from 'react'

/** What the last committed render was given: for what runs later, and need not be begun anew for it. */
export const useLatest = <Value>(value: Value): { readonly current: Value } => {
  const latest = useRef(value)
  // Before all other effects of the commit, and not on a server.
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
