import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import type { Virtualizer } from '@tanstack/react-virtual'

/** The rows that are expanded, and the row that was expanded or collapsed and is not measured yet. */
interface Rows {
  readonly expanded: ReadonlySet<number>
  readonly unmeasured: number | null
}

/** The set of expanded rows, by id, and a function that adds or removes one. */
export const useToggledRows = () => {
  const [rows, setRows] = useState<Rows>({ expanded: new Set(), unmeasured: null })
  const toggle = useCallback((id: number) => {
    setRows(({ expanded: before }) => {
      const expanded = new Set(before)
      if (!expanded.delete(id)) expanded.add(id)
      return { expanded, unmeasured: id }
    })
  }, [])
  const markMeasured = useCallback(() => setRows((before) => ({ ...before, unmeasured: null })), [])
  return { ...rows, toggle, markMeasured }
}

/** Scrolls as little as possible to show an element as a whole, or from its top when it is higher than the list. */
const reveal = (list: HTMLElement, element: HTMLElement): void => {
  const frame = list.getBoundingClientRect()
  const { top, bottom } = element.getBoundingClientRect()
  const hidden = Math.min(bottom - frame.top - list.clientHeight, top - frame.top)
  if (hidden > 0) list.scrollTop += hidden
}

/**
 * Measures a row that was expanded or collapsed before the browser paints, and keeps it in view. A list that is anchored at its end, as this one
 * is otherwise, would stay at its end and scroll the row away; it is not anchored while a row is unmeasured.
 */
export const useRowInView = (
  { unmeasured, markMeasured }: Pick<ReturnType<typeof useToggledRows>, 'unmeasured' | 'markMeasured'>,
  scroller: RefObject<HTMLDivElement | null>,
  virtualizer: Virtualizer<HTMLDivElement, Element>,
): void => {
  const measured = useRef<HTMLElement>(undefined)
  useLayoutEffect(() => {
    // The list has its new height since the last render.
    if (measured.current) reveal(scroller.current!, measured.current)
    measured.current = undefined
  })
  useLayoutEffect(() => {
    if (unmeasured === null) return
    markMeasured()
    const element = scroller.current!.querySelector<HTMLElement>(`[data-id="${unmeasured}"]`)
    if (element) virtualizer.resizeItem(Number(element.dataset['index']), element.offsetHeight)
    measured.current = element ?? undefined
  }, [unmeasured, markMeasured, scroller, virtualizer])
}
