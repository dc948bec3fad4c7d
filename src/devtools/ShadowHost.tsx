import { useCallback, useState, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { addStyles } from './addStyles.js'
import { styles } from './styles.js'

interface ShadowHostProps {
  readonly theme: 'inherit' | 'light' | 'dark'
  readonly isEmbedded: boolean
  readonly children: ReactNode
}

/** Opens the shadow root of an element. */
const openRoot = (host: HTMLElement): ShadowRoot => {
  if (host.shadowRoot) return host.shadowRoot
  const shadow = host.attachShadow({ mode: 'open' })
  addStyles(shadow, styles)
  return shadow
}

/** Renders its children into a shadow root: the styles of the page do not reach them, and theirs do not reach the page. */
export const ShadowHost = ({ theme, isEmbedded, children }: ShadowHostProps) => {
  const [root, setRoot] = useState<ShadowRoot>()
  const attach = useCallback((host: HTMLDivElement | null) => {
    if (host) setRoot(openRoot(host))
  }, [])
  const size = isEmbedded ? { width: '100%', height: '100%', minHeight: 0 } : undefined
  return (
    <div ref={attach} style={size} data-reduplex-devtools="">
      {root &&
        createPortal(
          <div className={isEmbedded ? 'devtools is-embedded' : 'devtools is-floating'} data-theme={theme}>
            {children}
          </div>,
          root,
        )}
    </div>
  )
}
