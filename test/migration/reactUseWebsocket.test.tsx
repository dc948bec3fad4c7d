/** @jest-environment ./test/env/dom.cjs */
import { Fragment, Profiler, type ComponentType } from 'react'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { runFile } from '../recipes/pageFiles.js'
import { show } from '../recipes/screen.js'
import { atTheEnd, hurry } from '../recipes/support.js'
import { startEchoServer } from '../support/echoServer.js'

const page = 'docs/migration/react-use-websocket.md'

interface AppFile {
  readonly createApp: (url: string) => { readonly App: ComponentType; readonly dispose: () => void }
}
type Side = 'before' | 'after' | 'screen'

/** Under 50: jsdom emits everything of one task synchronously, unlike a browser, and React takes 50 synchronous updates in a row for a loop. */
const burst = 40

const start = async (side: Side, around: (App: ComponentType) => ComponentType = (App) => App) => {
  const server = await startEchoServer()
  atTheEnd(server.stop)
  const { createApp } = runFile(page, `${side}/App.tsx`) as AppFile
  const { App, dispose } = createApp(server.url)
  atTheEnd(dispose)
  const screen = show(around(App))
  const isReady = async (): Promise<void> => await screen.seen(() => screen.button()?.disabled === false)
  await isReady()
  return { server, screen, App, isReady }
}

beforeEach(hurry)

describe.each(['before', 'after', 'screen'] as const)('the chat, %s the change', (side) => {
  it('shows received and sent messages, in order', async () => {
    const { server, screen } = await start(side)
    server.send('{"text":"welcome"}')
    await screen.seen(() => screen.items().length === 1)
    screen.button()?.click()
    await screen.seen(() => screen.items().length === 2)
    expect(screen.items()).toEqual(['welcome', 'hello'])
  })

  it('shows a burst completely', async () => {
    const { server, screen } = await start(side)
    const all = Array.from({ length: burst }, (_, n) => `line ${n}`)
    for (const text of all) server.send(JSON.stringify({ text }))
    await screen.seen(() => screen.items().length === burst)
    expect(screen.items()).toEqual(all)
  })

  it('opens again when the connection is cut, and continues', async () => {
    const { server, screen, isReady } = await start(side)
    server.send('{"text":"one"}')
    await screen.seen(() => screen.items().length === 1)
    server.terminate()
    await screen.seen(() => screen.button()?.disabled === true)
    await isReady()
    server.send('{"text":"two"}')
    await screen.seen(() => screen.items().length === 2)
    expect(screen.items()).toEqual(['one', 'two'])
  })
})

describe('the difference', () => {
  it.each([
    ['before', 2],
    ['after', 1],
    ['screen', 1],
  ] as const)('%s: two components make %d sockets', async (side, sockets) => {
    const twice = (App: ComponentType) => () => (
      <Fragment>
        <App />
        <App />
      </Fragment>
    )
    const { server, screen } = await start(side, twice)
    await screen.seen(() => Array.from(screen.container.querySelectorAll('button')).every(({ disabled }) => !disabled))
    expect(server.connections.length).toBe(sockets)
  })

  it('before, a burst is a render for each message, and after it is a few', async () => {
    const rendersOf = async (side: Side): Promise<number> => {
      let renders = 0
      const counted = (App: ComponentType) => () => (
        <Profiler id="app" onRender={() => void renders++}>
          <App />
        </Profiler>
      )
      const { server, screen } = await start(side, counted)
      renders = 0
      for (let n = 0; n < burst; n++) server.send(`{"text":"line ${n}"}`)
      await screen.seen(() => screen.items().length === burst)
      return renders
    }
    expect(await rendersOf('before')).toBeGreaterThanOrEqual(burst)
    expect(await rendersOf('after')).toBeLessThan(burst / 4)
  })

  it.each(['before', 'screen'] as const)('%s: closes with the component', async (side) => {
    const { server, screen } = await start(side)
    screen.remove()
    await server.until(({ open }) => open.length === 0)
    expect(server.connections.length).toBe(1)
  })

  it('after: stays open without a component, and the next one shows what arrived meanwhile', async () => {
    const { server, screen, App } = await start('after')
    screen.remove()
    server.send('{"text":"meanwhile"}')
    const next = show(App)
    await next.seen(() => next.items().length === 1)
    expect(next.items()).toEqual(['meanwhile'])
    expect(server.open.length).toBe(1)
  })
})
