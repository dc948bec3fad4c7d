/** @jest-environment ./test/env/dom.cjs */
import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Store } from '@reduxjs/toolkit'
import type * as Vue from 'vue'
import { createSocketServer } from '../../src/server/index.js'
import { filesOf, runFile } from './pageFiles.js'
import { atTheEnd, until, usePage } from './support.js'

const page = 'docs/recipes/without-react.md'

usePage()

interface Shared {
  readonly store: Store<{ prices: Record<string, number>; socket: Record<string, { status: string }> }>
  readonly live: {
    readonly connect: (options: object) => { type: string }
    readonly send: (data: object) => { type: string }
  }
  readonly dispose: () => void
}

/** Loads a file of the page; `loaded` has what the shared store.ts exports to it. */
const load = (file: string, packages: Record<string, unknown> = {}): { exports: unknown; shared: Shared } => {
  let shared: Shared | undefined
  const exports = runFile(page, file, packages, (name, module) => {
    if (name === 'store.ts') shared = module as Shared
  })
  if (!shared) throw new Error(`${file} does not load store.ts`)
  atTheEnd(shared.dispose)
  return { exports, shared }
}

let url: string
beforeEach(async () => {
  const server = createSocketServer({ port: 0, host: '127.0.0.1' })
  await server.ready
  server.messages.forEach((_message, sender) => sender.send({ symbol: 'ACME', price: 7 }))
  atTheEnd(async () => await server.close({ within: 0 }))
  url = `ws://127.0.0.1:${server.port}/ws`
})

const hasPrice = ({ prices }: { prices: Record<string, number> }): boolean => prices['ACME'] === 7

describe('without React', () => {
  it('plain JavaScript shows the status and the prices', async () => {
    const { exports, shared } = load('plain.ts')
    const { start } = exports as { start: (url: string, banner: HTMLElement, list: HTMLElement) => void }
    const [banner, list] = [document.createElement('p'), document.createElement('ul')]
    start(url, banner, list)
    expect(banner.textContent).toBe('The connection is connecting.')
    await until(shared.store, hasPrice)
    expect(banner.textContent).toBe('The connection is open.')
    expect(list.innerHTML).toBe('<li>ACME: 7</li>')
  })

  it('Vue shows them, and ends its subscription when the component goes', async () => {
    const vue = jest.requireActual<typeof Vue>('vue')
    const { exports, shared } = load('vue/Prices.ts')
    const { Prices } = exports as { Prices: Parameters<typeof vue.createApp>[0] }
    const element = document.createElement('div')
    const app = vue.createApp(Prices)
    app.mount(element)
    expect(element.textContent).toContain('The connection is idle.')
    shared.store.dispatch(shared.live.connect({ url }))
    shared.store.dispatch(shared.live.send({ watch: 'ACME' }))
    await until(shared.store, hasPrice)
    await vue.nextTick()
    expect(element.innerHTML).toContain('<li>ACME: 7</li>')
    expect(element.textContent).toContain('The connection is open.')
    app.unmount()
    shared.dispose()
    await vue.nextTick()
    expect(element.innerHTML).toBe('')
  })

  it('Angular gets a signal, which ends with its injection context', async () => {
    const ends: (() => void)[] = []
    const signal = <Value>(value: Value) =>
      Object.assign(() => value, {
        set: (next: Value) => void (value = next),
        asReadonly: () => () => value,
      })
    const angular = {
      signal,
      computed: <Value>(compute: () => Value) => compute,
      DestroyRef: {},
      inject: () => ({ onDestroy: (end: () => void) => void ends.push(end) }),
    }
    const { exports, shared } = load('angular/Status.ts', { '@angular/core': angular })
    const { Status } = exports as { Status: new () => { text: () => string; reconnect: () => void } }
    const status = new Status()
    expect(status.text()).toBe('The connection is idle.')
    shared.store.dispatch(shared.live.connect({ url }))
    await until(shared.store, ({ socket }) => socket['default']?.status === 'open')
    expect(status.text()).toBe('The connection is open.')
    ends.forEach((end) => end())
    shared.dispose()
    expect(status.text()).toBe('The connection is open.')
  })

  it('the page has no further files', () => {
    expect([...filesOf(page).keys()]).toEqual([
      'store.ts',
      'select.ts',
      'plain.ts',
      'vue/useSelector.ts',
      'vue/Prices.ts',
      'angular/injectSelector.ts',
      'angular/Status.ts',
    ])
  })
})
