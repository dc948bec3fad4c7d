import type { ComponentType } from 'react'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { atTheEnd } from './support.js'

/** A component in a page, as a user sees it. */
export const show = (Component: ComponentType) => {
  const container = document.createElement('div')
  document.body.append(container)
  const root = createRoot(container)
  root.render(createElement(Component))
  const remove = (): void => {
    root.unmount()
    container.remove()
  }
  atTheEnd(remove)
  /** Resolves as soon as `holds()`, which is called whenever the page changes. */
  const seen = async (holds: () => boolean): Promise<void> =>
    await new Promise((resolve) => {
      const observer = new MutationObserver(() => look())
      const look = (): void => {
        if (!holds()) return
        observer.disconnect()
        resolve()
      }
      observer.observe(container, { subtree: true, characterData: true, childList: true, attributes: true })
      look()
    })
  return {
    container,
    remove,
    seen,
    items: (): string[] => Array.from(container.querySelectorAll('li'), ({ textContent }) => textContent),
    button: () => container.querySelector('button'),
  }
}
