import { useLayoutEffect, useState, type RefObject } from 'react'
import { viewOf } from '../viewOf.js'

/** Width and height of an element, in pixels. */
type Size = readonly [width: number, height: number]

/** The size of an element, updated when it changes. Both are 0 before the first layout. */
export const useSize = (element: RefObject<Element | null>): Size => {
  const [size, setSize] = useState<Size>([0, 0])
  // Before the first paint: what is shown depends on the size.
  useLayoutEffect(() => {
    const current = element.current!
    // The observer may report once more after the element is gone.
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = current
      setSize((before) => (before[0] === width && before[1] === height ? before : [width, height]))
    }
    measure()
    const observer = new (viewOf(current).ResizeObserver)(measure)
    observer.observe(current)
    return () => observer.disconnect()
  }, [element])
  return size
}
