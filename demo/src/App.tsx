import { useEffect, type JSX } from 'react'
import { PageNav } from './components/PageNav.js'
import { ThemeToggle } from './components/ThemeToggle.js'
import { BytesPage } from './pages/BytesPage.js'
import { EchoPage } from './pages/EchoPage.js'
import { FunctionsPage } from './pages/FunctionsPage.js'
import { PostsPage } from './pages/PostsPage.js'
import { QueryPage } from './pages/QueryPage.js'
import { TimePage } from './pages/TimePage.js'
import { pages, usePageName, type PageName } from './route.js'

const components: Readonly<Record<PageName, () => JSX.Element>> = {
  echo: EchoPage,
  bytes: BytesPage,
  posts: PostsPage,
  time: TimePage,
  functions: FunctionsPage,
  query: QueryPage,
}

export function App() {
  const current = usePageName()
  const Page = components[current]
  useEffect(() => {
    document.title = pages.find(({ name }) => name === current)?.title ?? ''
  }, [current])
  return (
    <>
      <header className="page-head">
        <div>
          <h1>reduplex</h1>
          <p>A WebSocket in a Redux store, and a server whose faults you can switch on.</p>
        </div>
        <PageNav current={current} />
        <ThemeToggle />
      </header>
      <Page />
    </>
  )
}
