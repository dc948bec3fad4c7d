import { useEffect, type JSX } from 'react'
import { PageIntro } from './components/PageIntro.js'
import { PageNav } from './components/PageNav.js'
import { ThemeToggle } from './components/ThemeToggle.js'
import { BytesPage } from './pages/BytesPage.js'
import { FunctionsPage } from './pages/FunctionsPage.js'
import { InspectorPage } from './pages/InspectorPage.js'
import { PostsPage } from './pages/PostsPage.js'
import { QueryPage } from './pages/QueryPage.js'
import { SessionsPage } from './pages/SessionsPage.js'
import { TabsPage } from './pages/TabsPage.js'
import { TimePage } from './pages/TimePage.js'
import { usePage, type PageName } from './route.js'

const components: Readonly<Record<PageName, () => JSX.Element>> = {
  inspector: InspectorPage,
  bytes: BytesPage,
  posts: PostsPage,
  time: TimePage,
  functions: FunctionsPage,
  query: QueryPage,
  sessions: SessionsPage,
  tabs: TabsPage,
}

export function App() {
  const current = usePage()
  const Page = components[current.name]
  useEffect(() => {
    document.title = current.title
  }, [current])
  return (
    <>
      <header className="page-head">
        <h1>reduplex</h1>
        <PageNav current={current.name} />
        <ThemeToggle />
        <PageIntro page={current} />
      </header>
      <Page />
    </>
  )
}
