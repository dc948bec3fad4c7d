/** @jest-environment ./test/env/dom.cjs */
import { createElement, StrictMode, type ComponentType, type ReactNode } from 'react'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { startEchoServer } from '../support/echoServer.js'
import { runFile } from './pageFiles.js'
import { atTheEnd } from './support.js'

const page = 'docs/recipes/nextjs.md'

/** The page's modules loaded again, as on a server that has just started, or in a page that has just been loaded. */
const loadApp = () => {
  const files = runFile(page, 'app/layout.tsx') as { default: ComponentType<{ children: ReactNode }> }
  const { StoreProvider } = runFile(page, 'app/StoreProvider.tsx') as {
    StoreProvider: ComponentType<{ children: ReactNode }>
  }
  const { default: Page } = runFile(page, 'app/page.tsx') as { default: ComponentType }
  return { Layout: files.default, StoreProvider, Page }
}

const env = process.env

afterEach(() => {
  process.env = env
  document.body.replaceChildren()
})

describe('a page that the server renders', () => {
  it('starts no attempt on the server, and is idle', () => {
    const attempts = jest.fn()
    const globals = globalThis as { WebSocket?: unknown }
    const { WebSocket: own } = globals
    globals.WebSocket = attempts
    atTheEnd(() => (globals.WebSocket = own))
    const { Layout, Page } = loadApp()
    const html = renderToString(createElement(Layout, null, createElement(Page)))
    expect(html).toContain('<p>The connection is <!-- -->idle<!-- -->.</p>')
    expect(attempts).not.toHaveBeenCalled()
  })

  it('opens one connection in the browser, with StrictMode or without, and closes it when it is left', async () => {
    const server = await startEchoServer()
    atTheEnd(server.stop)
    process.env = { ...env, NEXT_PUBLIC_SOCKET_URL: server.url }
    const complaints = jest.spyOn(console, 'error').mockImplementation(() => {})
    const { StoreProvider, Page } = loadApp()
    const app = createElement(StrictMode, null, createElement(StoreProvider, null, createElement(Page)))
    const container = document.createElement('div')
    container.innerHTML = renderToString(app)
    document.body.append(container)

    const root = hydrateRoot(container, app)
    await new Promise<void>((resolve) => {
      const observer = new MutationObserver(() => {
        if (container.textContent !== 'The connection is open.') return
        observer.disconnect()
        resolve()
      })
      observer.observe(container, { subtree: true, characterData: true, childList: true })
    })
    await server.until(({ open }) => open.length === 1)

    root.unmount()
    await server.until(({ open }) => open.length === 0)
    expect(server.connections.at(-1)?.ended).toEqual({ code: 1000, reason: '' })
    expect(complaints).not.toHaveBeenCalled()
  })
})
