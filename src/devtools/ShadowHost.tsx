import { useCallback, useState, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { styles } from './styles.js'
import { viewOf } from './viewOf.js'

interface ShadowHostProps {
  readonly theme: 'inherit' | 'light' | 'dark'
  readonly isEmbedded: boolean
  readonly children: ReactNode
}

interface Root {
  readonly shadow: ShadowRoot
  /** Whether the styles must be an element: the runtime has no constructable style sheets. */
  readonly needsElement: boolean
}

/** Opens the shadow root of an element. A style sheet of a script is not subject to the `style-src` of a content security policy; an element is. */
const openRoot = (host: HTMLElement): Root => {
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  try {
    const sheet = new (viewOf(host).CSSStyleSheet)()
    sheet.replaceSync(styles)
    shadow.adoptedStyleSheets = [sheet]
    return { shadow, needsElement: false }
  } catch {
    return { shadow, needsElement: true }
  }
}

/** Renders its children into a shadow root: the styles of the page do not reach them, and theirs do not reach the page. */
export const ShadowHost = ({ theme, isEmbedded, children }: ShadowHostProps) => {
  const [root, setRoot] = useState<Root>()
  const attach = useCallback((host: HTMLDivElement | null) => {
    if (host) setRoot(openRoot(host))
  }, [])
  const size = isEmbedded ? { height: '100%', minHeight: 0 } : undefined
  return (
    <div ref={attach} style={size} data-reduplex-devtools="">
      {root &&
        createPortal(
          <>
            {root.needsElement && <style>{styles}</style>}
            <div className={isEmbedded ? 'devtools is-embedded' : 'devtools is-floating'} data-theme={theme}>
              {children}
            </div>
          </>,
          root.shadow,
        )}
    </div>
  )
}
