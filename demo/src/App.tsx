import { useEffect } from 'react'
import { PageNav } from './components/PageNav.js'
import { ThemeToggle } from './components/ThemeToggle.js'
import { BytesPage } from './pages/BytesPage.js'
import { EchoPage } from './pages/EchoPage.js'
import { pages, usePageName } from './route.js'

export function App() {
  const current = usePageName()
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
      {current === 'bytes' ? <BytesPage /> : <EchoPage />}
    </>
  )
}
