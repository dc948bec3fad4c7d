/** @jest-environment ./test/env/dom.cjs */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { act, type ReactNode } from 'react'
import { createSocketRecorder, SocketDevtools, type SocketDevtoolsProps } from '../../../src/devtools/index.js'
import {
  createSocketActions,
  createSocketMiddleware,
  socketClose,
  socketConnect,
  socketSend,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { takePrinted } from '../../support/leaks.js'
import { Boundary, happens, mount, unmountAll } from '../../support/reactApp.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'

useFakeTime()

// jsdom does not lay anything out: it has no ResizeObserver, and every element has the size 0.
beforeEach(() => {
  Object.assign(window, {
    ResizeObserver: class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  })
  jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(700)
  jest.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(600)
})

const pass = async (ms: number) => {
  await act(async () => {
    await advanceTime(ms)
  })
}

const setup = async (options: StoreOptions = {}, props: SocketDevtoolsProps = {}, beside: ReactNode = null) => {
  const store = setupStore({ heartbeat: false, ...options })
  let container: HTMLElement | null = null
  const app = await mount(
    store.store,
    <div
      ref={(element) => {
        container = element ?? container
      }}
    >
      {beside}
      <SocketDevtools initialIsOpen {...props} />
    </div>,
  )
  // The panel is a module of its own.
  await happens(async () => await import('../../../src/devtools/panel/Panel.js').catch(() => undefined))
  await pass(250)
  const root = () => {
    const shadow = container?.querySelector('[data-reduplex-devtools]')?.shadowRoot
    if (!shadow) throw new Error('there is no shadow root')
    return shadow
  }
  const texts = (selector: string) => [...root().querySelectorAll(selector)].map(({ textContent }) => textContent)
  const press = async (name: string) => {
    const button = [...root().querySelectorAll<HTMLElement>('button, label')].find(
      ({ textContent }) => textContent === name,
    )
    if (!button) throw new Error(`there is no button ${name}`)
    await happens(() => button.click())
  }
  const open = async () => {
    await happens(() => void store.dispatch(socketConnect()))
    await pass(250)
  }
  return { ...store, app, root, texts, press, open }
}

const rowTexts = (texts: (selector: string) => (string | null)[]) => texts('.log-text').map((text) => text?.trim())

describe('<SocketDevtools />', () => {
  afterEach(unmountAll)

  it('shows what the connection does, without any setup of the store', async () => {
    const { open, texts, dispatch, receiveJson } = await setup()
    expect(texts('.status')).toEqual(['idle'])
    await open()
    dispatch(socketSend({ a: 1 }))
    receiveJson({ b: 2 })
    await pass(250)

    expect(texts('.status')).toEqual(['open'])
    expect(rowTexts(texts).slice(-2)).toEqual(['{"a":1}', '{"b":2}'])
    expect(rowTexts(texts)[0]).toBe('socket/connect')
    expect(texts('.mark')).toEqual(['sent'])
    expect(texts('figcaption b')).toEqual(['Messages/s', 'Bytes/s', 'Queue', 'Latency'])
  })

  it('opens and closes by buttons, and loads the panel only then', async () => {
    const { press, texts, root } = await setup({}, { initialIsOpen: false })
    expect(texts('button')).toEqual(['Open socket devtools'])
    await press('Open socket devtools')
    await pass(0)
    expect(root().querySelector('.panel')).not.toBeNull()
    await press('Close')
    expect(texts('button')).toEqual(['Open socket devtools'])
  })

  it('shows the charts as a view of their own where they leave no room for the log', async () => {
    jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(560)
    const { open, press, texts, root } = await setup()
    await open()
    expect(texts('figcaption b')).toEqual([])
    await press('Charts')
    expect(texts('figcaption b')).toEqual(['Messages/s', 'Bytes/s', 'Queue', 'Latency'])
    expect(root().querySelector('.log')).toBeNull()
    await press('Log')
    expect(rowTexts(texts)[0]).toBe('socket/connect')
  })

  it('keeps its styles in a shadow root', async () => {
    const { root, press, texts } = await setup()
    expect(texts('style')).toEqual([expect.stringContaining('.devtools {'), expect.stringContaining('.panel {')])
    expect(document.head.querySelector('style')).toBeNull()
    expect(root().querySelector('.devtools')).toMatchObject({ dataset: { theme: 'inherit' } })
    await press('Close')
    expect(texts('style')).toEqual([expect.stringContaining('.devtools {')])
  })

  it('expands a row, and copies it', async () => {
    const { open, texts, press, root } = await setup()
    const writeText = jest.fn<(text: string) => Promise<void>>().mockResolvedValue()
    Object.assign(navigator, { clipboard: { writeText } })
    await open()
    await happens(() => root().querySelector<HTMLElement>('[data-index="2"] .log-text')!.click())
    expect(texts('.log-detail pre')[0]).toContain('\n  "reconnected": false')
    await press('Copy row')
    expect(JSON.parse(writeText.mock.calls[0]![0])).toMatchObject({ id: 2, title: 'socket/opened', severity: 'good' })
    expect(texts('.copy')).toEqual(['Copied'])
  })

  it('says when the browser lets nothing be copied', async () => {
    const { open, texts, press, root } = await setup()
    Object.assign(navigator, { clipboard: undefined })
    await open()
    await happens(() => root().querySelector<HTMLElement>('[data-index="2"] .log-text')!.click())
    await press('Copy row')
    expect(texts('.copy')).toEqual(['Not copied'])
  })

  it('shows the state with the members of the last change marked, and its changes', async () => {
    const { open, press, texts } = await setup()
    await open()
    await press('State')

    expect(JSON.parse(texts('.state-now pre')[0]!)).toMatchObject({ status: 'open', attempt: 0 })
    expect(texts('.changed').map((text) => /"(\w+)"/.exec(text)![1])).toEqual(['status', 'openedAt'])
    expect(texts('.changes li')[0]).toContain('status"connecting" → "open"')
  })

  it('pauses the log, counts what it misses, and clears it', async () => {
    const { open, press, texts, receiveJson } = await setup()
    await open()
    await press('Pause')
    receiveJson(1)
    receiveJson(2)
    await pass(250)
    expect(texts('.missed')).toEqual(['2 new'])
    expect(texts('.log > .count')).toEqual(['3 rows'])
    await press('Resume')
    expect(texts('.log > .count')).toEqual(['5 rows'])
    await press('Clear')
    await pass(250)
    expect(texts('.empty')).toEqual(['No events yet.'])
  })

  it('lets the user choose among named connections', async () => {
    const prices = createSocketActions('prices')
    const connections = [createSocketMiddleware({ actions: prices, url: 'ws://b.example/ws' })]
    const { open, root, texts, dispatch } = await setup({ connections })
    await open()
    await happens(() => void dispatch(prices.connect()))
    await pass(250)
    const select = root().querySelector('select')!
    expect([...select.options].map(({ value }) => value)).toEqual(['default', 'prices'])
    await happens(() => {
      select.value = 'prices'
      select.dispatchEvent(new Event('change', { bubbles: true }))
    })
    expect(rowTexts(texts)[0]).toContain('socket:prices/')
    void dispatch(prices.close())
    await pass(10)
  })

  it('shows a panel that cannot be loaded as a failure, leaves the app alone, and loads it again', async () => {
    let isMissing = true
    jest.doMock('../../../src/devtools/panel/Panel.js', () => {
      if (isMissing) throw new Error('Failed to fetch dynamically imported module')
      return jest.requireActual('../../../src/devtools/panel/Panel.js')
    })
    const { press, texts, root, app } = await setup({}, { initialIsOpen: false }, <p>The app</p>)
    await press('Open socket devtools')
    await pass(0)
    expect(texts('[role=alert] .problem')).toEqual(['Error: Failed to fetch dynamically imported module'])
    expect(app.text()).toBe('The app')

    await press('Try again')
    await pass(0)
    expect(texts('button')).toEqual(['Try again', 'Close'])
    isMissing = false
    await press('Try again')
    await pass(0)
    expect(root().querySelector('.panel')).not.toBeNull()
  })

  it('shows a panel that throws while it is rendered as a failure, leaves the app alone, and renders it again', async () => {
    const { store } = setupStore({ heartbeat: false })
    let isBroken = true
    const recorder = createSocketRecorder(store)
    const names = () => {
      if (isBroken) throw new Error('a row cannot be rendered')
      return recorder.names()
    }
    const { press, texts, root, app } = await setup({}, { recorder: { ...recorder, names } }, <p>The app</p>)
    expect(texts('[role=alert] .problem')).toEqual(['Error: a row cannot be rendered'])
    expect(app.text()).toBe('The app')
    takePrinted()

    await press('Try again')
    expect(texts('[role=alert] .problem')).toEqual(['Error: a row cannot be rendered'])
    takePrinted()
    isBroken = false
    await press('Try again')
    expect(root().querySelector('.panel')).not.toBeNull()
  })

  it('throws no_provider without a recorder and a Provider', async () => {
    const app = await mount(
      undefined,
      <Boundary>
        <SocketDevtools />
      </Boundary>,
    )
    expect(app.text()).toMatch(/^no_provider: /)
    takePrinted()
  })

  it('records again after StrictMode has run its effects twice, and stops when it is unmounted', async () => {
    const { open, texts, app, receiveJson, dispatch } = await setup()
    await open()
    expect(texts('.log > .count')).toEqual(['3 rows'])
    await app.unmount()
    receiveJson(1)
    void dispatch(socketClose())
    await advanceTime(10)
  })
})

describe('a recording in <SocketDevtools />', () => {
  afterEach(unmountAll)

  const chooseFile = async (root: ShadowRoot, text: string) => {
    const input = root.querySelector<HTMLInputElement>('input[type=file]')!
    Object.defineProperty(input, 'files', {
      configurable: true,
      value: [{ text: async () => await Promise.resolve(text) }],
    })
    await happens(() => input.dispatchEvent(new Event('change', { bubbles: true })))
  }

  const record = async () => {
    const store = setupStore({ heartbeat: false })
    const recorder = createSocketRecorder(store.store)
    void store.dispatch(socketConnect())
    await advanceTime(2_000)
    store.receiveJson('first')
    await advanceTime(2_000)
    store.receiveJson('second')
    return JSON.stringify(recorder.save())
  }

  it('is replayed without a socket, and leads back to the live one', async () => {
    const text = await record()
    const { root, texts, press, network } = await setup()
    await chooseFile(root(), text)
    expect(rowTexts(texts).slice(-2)).toEqual(['"first"', '"second"'])
    expect(network.connections).toHaveLength(0)

    await press('Play')
    expect(rowTexts(texts)).not.toContain('"first"')
    await pass(2_500)
    expect(rowTexts(texts).at(-1)).toBe('"first"')
    expect(texts('.status')).toEqual(['open'])
    await press('Stop')
    await pass(5_000)
    expect(rowTexts(texts).at(-1)).toBe('"first"')
    await press('16×')
    await press('Play')
    await pass(500)
    expect(rowTexts(texts).at(-1)).toBe('"second"')
    expect(texts('.button-main')).toEqual(['Play'])
    await press('Back to live')
    expect(texts('.empty')).toEqual(['No events yet.'])
    expect(network.connections).toHaveLength(0)
  })

  it('that is not one is refused with a sentence', async () => {
    const { root, texts } = await setup()
    await chooseFile(root(), '{}')
    expect(texts('[role=alert]')[0]).toContain('Expected the JSON of a recording of version 1')
  })

  it('is saved as a file', async () => {
    const { open, press, root } = await setup()
    await open()
    const created: Blob[] = []
    Object.assign(URL, { createObjectURL: (blob: Blob) => `blob:${created.push(blob)}`, revokeObjectURL: () => {} })
    const clicked = jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {})
    await press('Export')

    expect(clicked.mock.contexts[0]).toMatchObject({ download: expect.stringMatching(/^reduplex-1970-.*\.json$/) })
    expect(created).toHaveLength(1)
    expect(created[0]!.type).toBe('application/json')
    expect(root()).toBeDefined()
  })
})
