import { useSyncExternalStore } from 'react'

export type PageName = 'echo' | 'bytes' | 'posts' | 'time' | 'functions' | 'query'

export const pages: readonly { readonly name: PageName; readonly label: string; readonly title: string }[] = [
  { name: 'echo', label: 'Echo', title: 'reduplex: the echo page' },
  { name: 'bytes', label: 'Pictures and bytes', title: 'reduplex: pictures and bytes' },
  { name: 'posts', label: 'Live posts', title: 'reduplex: live posts' },
  { name: 'time', label: 'Server time', title: 'reduplex: server time' },
  { name: 'functions', label: 'Remote functions', title: 'reduplex: remote functions' },
  { name: 'query', label: 'RTK Query', title: 'reduplex: RTK Query' },
]

const subscribe = (onChange: () => void) => {
  window.addEventListener('hashchange', onChange)
  return () => window.removeEventListener('hashchange', onChange)
}

const readHash = () => window.location.hash.slice(1)

/** The page named by the hash of the address; the first page without one. */
export function usePageName(): PageName {
  const hash = useSyncExternalStore(subscribe, readHash)
  return pages.find(({ name }) => name === hash)?.name ?? 'echo'
}
