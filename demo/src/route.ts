import { useSyncExternalStore } from 'react'

export type PageName = 'inspector' | 'bytes' | 'posts' | 'time' | 'functions' | 'query' | 'sessions' | 'tabs'

/** A page of the demo. */
export interface PageInfo {
  readonly name: PageName
  readonly label: string
  readonly title: string
  /** One sentence. */
  readonly intro: string
  /** A file of docs/. */
  readonly docs: string
  /** A file of demo/src/. */
  readonly source: string
}

export const pages: readonly [PageInfo, ...PageInfo[]] = [
  {
    name: 'inspector',
    label: 'Inspector',
    title: 'reduplex: the inspector',
    intro: 'What one connection does, recorded by reduplex/devtools, and a server whose faults you can switch on.',
    docs: 'devtools.md',
    source: 'pages/InspectorPage.tsx',
  },
  {
    name: 'bytes',
    label: 'Pictures and bytes',
    title: 'reduplex: pictures and bytes',
    intro: 'Files go out and come back as bytes beside the store, and one message is sent in three codecs.',
    docs: 'codecs.md',
    source: 'pages/BytesPage.tsx',
  },
  {
    name: 'posts',
    label: 'Live posts',
    title: 'reduplex: live posts',
    intro: 'Posts are written by HTTP, and the server sends each one to every open page.',
    docs: 'messages.md',
    source: 'pages/PostsPage.tsx',
  },
  {
    name: 'time',
    label: 'Server time',
    title: 'reduplex: server time',
    intro: 'Each clock is a subscription that lasts while its component is shown.',
    docs: 'rpc.md',
    source: 'pages/TimePage.tsx',
  },
  {
    name: 'functions',
    label: 'Remote functions',
    title: 'reduplex: remote functions',
    intro: 'The page calls typed functions of the server over the socket or by HTTP, with the same results and errors.',
    docs: 'rpc.md',
    source: 'pages/FunctionsPage.tsx',
  },
  {
    name: 'query',
    label: 'RTK Query',
    title: 'reduplex: RTK Query',
    intro: 'A list of RTK Query is loaded over the socket, and a channel keeps it up to date.',
    docs: 'rtk-query.md',
    source: 'pages/QueryPage.tsx',
  },
  {
    name: 'sessions',
    label: 'Sessions',
    title: 'reduplex: sessions',
    intro:
      'Break the connection while you send: with a session each message arrives once, or the page learns that it is in doubt.',
    docs: 'sessions.md',
    source: 'pages/SessionsPage.tsx',
  },
  {
    name: 'tabs',
    label: 'Shared tabs',
    title: 'reduplex: shared tabs',
    intro:
      'Open this page in three windows: they share one connection, and when its tab is closed another one takes over.',
    docs: 'tabs.md',
    source: 'pages/TabsPage.tsx',
  },
]

const subscribe = (onChange: () => void) => {
  window.addEventListener('hashchange', onChange)
  return () => window.removeEventListener('hashchange', onChange)
}

const readHash = () => window.location.hash.slice(1)

/** The hash of the address, without `#`. */
export const useHash = (): string => useSyncExternalStore(subscribe, readHash)

/** The hash that leads to a page, and there to a scenario. */
export const pageHash = (page: PageName, scenario?: string): string =>
  scenario === undefined ? `#${page}` : `#${page}/${scenario}`

/** The scenario that a hash names; empty without one. */
export const readScenarioName = (hash: string): string => hash.split('/')[1] ?? ''

/** The page that the hash of the address names; the first page without one. */
export function usePage(): PageInfo {
  const [wanted] = useHash().split('/')
  return pages.find(({ name }) => name === wanted) ?? pages[0]
}
