import { viewOf } from './viewOf.js'

/**
 * Adds styles to a shadow root. A style sheet of a script is not subject to the `style-src` of a content security policy; an element is, which is
 * used where the runtime has no constructable style sheets. Returns a function that removes the styles.
 */
export const addStyles = (shadow: ShadowRoot, styles: string): (() => void) => {
  try {
    const sheet = new (viewOf(shadow.host).CSSStyleSheet)()
    sheet.replaceSync(styles)
    shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet]
    return () => {
      shadow.adoptedStyleSheets = shadow.adoptedStyleSheets.filter((one) => one !== sheet)
    }
  } catch {
    const element = shadow.ownerDocument.createElement('style')
    element.textContent = styles
    shadow.append(element)
    return () => element.remove()
  }
}
