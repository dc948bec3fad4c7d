/** @jest-environment ./test/env/dom.cjs */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { act } from 'react'
import { createSocketRecorder, SocketDevtools } from '../../../src/devtools/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { happens, mount, unmountAll } from '../../support/reactApp.js'
import { setupStore } from '../../support/setupStore.js'

// How the devtools load their panel, which is a module of its own. Here the module is in the test's hand.

useFakeTime()

const Panel = () => <p className="panel">The panel</p>

interface Attempt {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

let attempts: Attempt[] = []

// `import()` awaits a module that has a `then`.
jest.mock('../../../src/devtools/panel/Panel.js', () => ({
  __esModule: true,
  // oxlint-disable-next-line unicorn/no-thenable
  then: (resolve: (module: object) => void, reject: (error: Error) => void) =>
    attempts.push({ resolve: () => resolve({ Panel }), reject }),
}))

beforeEach(() => {
  attempts = []
})
afterEach(unmountAll)

const pass = async (ms: number) =>
  await act(async () => {
    await advanceTime(ms)
  })

const setup = async () => {
  const { store } = setupStore({ heartbeat: false })
  const recorder = createSocketRecorder(store)
  let container: HTMLElement | null = null
  const app = await mount(
    store,
    <div
      ref={(element) => {
        container = element ?? container
      }}
    >
      <SocketDevtools initialIsOpen recorder={recorder} />
    </div>,
  )
  await pass(0)
  const root = () => container!.querySelector('[data-reduplex-devtools]')!.shadowRoot!
  const texts = (selector: string) => [...root().querySelectorAll(selector)].map(({ textContent }) => textContent)
  const press = async (name: string) => {
    const button = [...root().querySelectorAll('button')].find(({ textContent }) => textContent === name)
    await happens(() => button!.click())
    await pass(0)
  }
  return { app, press, texts }
}

describe('the panel of the devtools', () => {
  it('is shown once it is loaded, without a word of a failure', async () => {
    const { texts } = await setup()
    expect(texts('p')).toEqual(['Loading…'])
    await pass(9_999)
    attempts[0]?.resolve()
    await pass(20_000)
    expect(texts('p')).toEqual(['The panel'])
  })

  it('that has not come after ten seconds says what to do, and is shown when it comes after all', async () => {
    const { press, texts } = await setup()
    await pass(10_000)
    expect(texts('[role=alert] .problem')).toEqual(['No answer for 10 seconds.'])
    expect(texts('button')).toEqual(['Try again', 'Close'])
    const { length } = attempts
    await press('Try again')
    expect(texts('p')).toEqual(['Loading…'])
    expect(attempts).toHaveLength(length + 1)
    await pass(10_000)
    expect(texts('button')).toEqual(['Try again', 'Close'])
    attempts[0]?.resolve()
    await pass(0)
    expect(texts('p')).toEqual(['The panel'])
  })

  it('that cannot be loaded says so, what may be the cause and what to do', async () => {
    const { texts } = await setup()
    attempts[0]?.reject(new Error('Failed to fetch'))
    await pass(20_000)
    expect(texts('[role=alert] p')).toEqual([
      'The socket devtools cannot be shown. Try again, or reload the page. If they cannot be loaded: does the server have all their files, and is @tanstack/react-virtual installed?',
      'Error: Failed to fetch',
    ])
  })

  it('that is closed while it is loading leaves no timer', async () => {
    const { app } = await setup()
    expect(jest.getTimerCount()).toBe(1)
    await app.unmount()
    expect(jest.getTimerCount()).toBe(0)
  })
})
