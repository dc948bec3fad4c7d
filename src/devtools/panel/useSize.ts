import { useEffect, useLayoutEffect, useState, type RefObject } from 'react'
import { viewOf } from '../viewOf.js'

/** Width and height of an element, in pixels. */
type Size = readonly [width: number, height: number]

/** The size of an element, updated when it changes. Both are 0 before the first layout. */
export const useSize = (element: RefObject<Element | null>): Size => {
  const [size, setSize] = useState<Size>([0, 0])
  const measure = (): void => {
    const { clientWidth: width, clientHeight: height } = element.current!
    setSize((before) => (before[0] === width && before[1] === height ? before : [width, height]))
  }
  // Before the first paint: what is shown depends on the size.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  useLayoutEffect(measure, [element])
  useEffect(() => {
    const current = element.current!
    const observer = new (viewOf(current).ResizeObserver)(measure)
    observer.observe(current)
    return () => observer.disconnect()
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [element])
  return size
}
