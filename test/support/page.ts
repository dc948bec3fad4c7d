import { disposeAfterTest } from './leaks.js'

// A browser page around the test, with what the library uses of one.

interface PageEvent {
  readonly persisted?: boolean
}
type Listener = (event: PageEvent) => void

export interface Page {
  /** The current listeners, by type. */
  readonly listeners: () => Readonly<Record<string, number>>
  /** Their number. */
  readonly count: () => number
  /** How many were ever added. */
  readonly added: () => number
  /** Emits an event of the page. */
  readonly fire: (type: string, event?: PageEvent) => void
  /** Changes whether the device is online, and emits the event. */
  readonly setOnline: (online: boolean) => void
  /** Hides or shows the page, and emits the event. */
  readonly setVisible: (visible: boolean) => void
  readonly remove: () => void
}

/** Puts a page around the test. It is removed at the end; the test fails when a listener is left on it. */
export const createPage = ({ online = true, visible = true } = {}): Page => {
  const targets = { window: new Map<Listener, string>(), document: new Map<Listener, string>() }
  const state = { online, visible }
  let added = 0
  const target = (listeners: Map<Listener, string>) => ({
    addEventListener: (type: string, listener: Listener) => {
      added++
      listeners.set(listener, type)
    },
    removeEventListener: (type: string, listener: Listener) => {
      if (listeners.get(listener) === type) listeners.delete(listener)
    },
  })
  const globals = {
    ...target(targets.window),
    document: {
      ...target(targets.document),
      get visibilityState() {
        return state.visible ? 'visible' : 'hidden'
      },
    },
    navigator: {
      get onLine() {
        return state.online
      },
    },
  }
  const before = Object.keys(globals).map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)] as const)
  for (const [key, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, key, { value, configurable: true, writable: true })
  }
  const all = () => [...targets.window.values(), ...targets.document.values()]
  const fire = (type: string, event: PageEvent = {}) => {
    const received = type === 'visibilitychange' ? targets.document : targets.window
    for (const [listener, of] of Array.from(received)) if (of === type) listener(event)
  }
  const page: Page = {
    listeners: () =>
      Object.fromEntries(
        [...new Set(all())].toSorted().map((type) => [type, all().filter((each) => each === type).length]),
      ),
    count: () => all().length,
    added: () => added,
    fire,
    setOnline: (is) => {
      state.online = is
      fire(is ? 'online' : 'offline')
    },
    setVisible: (is) => {
      state.visible = is
      fire('visibilitychange')
    },
    remove: () => {
      for (const [key, descriptor] of before) {
        if (descriptor) Object.defineProperty(globalThis, key, descriptor)
        else Reflect.deleteProperty(globalThis, key)
      }
    },
  }
  disposeAfterTest({ listeners: page.listeners, restore: page.remove })
  return page
}
