import * as React from 'react'
import { act, Component, StrictMode, type ComponentType, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'react-redux'
import type { Store } from '@reduxjs/toolkit'

// Says to React that updates are waited for with `act`; otherwise it prints.
;(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true

/** Lets something happen, and waits until React has shown it. */
export const happens = async (what: () => unknown): Promise<void> => {
  await act(async () => {
    await what()
    // What was asked of a fake network is answered in microtasks, each of which may bring others.
    for (let n = 0; n < 20; n++) await Promise.resolve()
  })
}

/** Shows the code and the text of what is thrown below it. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly said?: string }> {
  override state: { readonly said?: string } = {}
  static getDerivedStateFromError({ code, message }: Error & { code?: string }): { said: string } {
    return { said: `${code}: ${message}` }
  }
  override render(): ReactNode {
    return this.state.said ?? this.props.children
  }
}

const { Activity } = React as { Activity?: ComponentType<{ mode: 'visible' | 'hidden'; children: ReactNode }> }

/** In an `<Activity>`; before React 19.2, which has none, something hidden is not mounted. */
export const hideable = (mode: 'visible' | 'hidden', children: ReactNode): ReactNode => {
  if (Activity) return <Activity mode={mode}>{children}</Activity>
  return mode === 'visible' ? children : null
}

export interface MountedApp {
  /** What the page shows. */
  readonly text: () => string
  readonly render: (element: ReactNode) => Promise<void>
  readonly unmount: () => Promise<void>
}

const mounted = new Set<MountedApp>()

/** For the end of a test, before its stores are disposed of. */
export const unmountAll = async (): Promise<void> => {
  for (const app of mounted) await app.unmount()
}

/** Mounts an element in StrictMode, below a Provider if there is a store. */
export const mount = async (store: Store | undefined, element: ReactNode, isStrict = true): Promise<MountedApp> => {
  const container = document.createElement('div')
  const root = createRoot(container)
  const render = async (next: ReactNode): Promise<void> => {
    const app = store ? <Provider store={store}>{next}</Provider> : next
    await happens(() => root.render(isStrict ? <StrictMode>{app}</StrictMode> : app))
  }
  await render(element)
  const app: MountedApp = {
    text: () => container.textContent,
    render,
    unmount: async () => {
      mounted.delete(app)
      await happens(() => root.unmount())
    },
  }
  mounted.add(app)
  return app
}
