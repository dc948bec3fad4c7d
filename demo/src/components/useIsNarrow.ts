import { useSyncExternalStore } from 'react'

/** Where the page has one column, as in the styles. */
const query = window.matchMedia('(max-width: 819px)')

const subscribe = (onChange: () => void) => {
  query.addEventListener('change', onChange)
  return () => query.removeEventListener('change', onChange)
}

/** Whether the page has one column. */
export const useIsNarrow = (): boolean => useSyncExternalStore(subscribe, () => query.matches)
