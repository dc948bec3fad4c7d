import { defaultRangeExtractor, type Range } from '@tanstack/react-virtual'
import { useState, type KeyboardEvent } from 'react'
import type { LogRow } from '../types.js'
import { viewOf } from '../viewOf.js'

const PAGE = 10

/** The index that a key moves to in a list of `count` rows; `undefined` for other keys. */
function targetOf(key: string, index: number, count: number): number | undefined {
  const last = count - 1
  switch (key) {
    case 'ArrowUp':
      return Math.max(0, index - 1)
    case 'ArrowDown':
      return Math.min(last, index + 1)
    case 'PageUp':
      return Math.max(0, index - PAGE)
    case 'PageDown':
      return Math.min(last, index + PAGE)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

/** The index of the row with this id, or of the next one after it. The ids of a list are sorted. */
function indexOf(rows: readonly LogRow[], id: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.id ?? Infinity) < id) low = middle + 1
    else high = middle
  }
  return Math.min(low, rows.length - 1)
}

/**
 * A roving tab index (ARIA Authoring Practices): one row of the list is a tab stop, and arrow keys move it. Otherwise a keyboard user
 * would have to tab through ten thousand rows. The active row stays rendered when the list is scrolled, because an element that is
 * removed loses the focus.
 */
export const useRovingTabIndex = (rows: readonly LogRow[]) => {
  const [activeId, setActive] = useState<number | null>(null)
  const activeIndex = activeId === null ? rows.length - 1 : indexOf(rows, activeId)

  const extractRange = (range: Range) => {
    const indexes = defaultRangeExtractor(range)
    if (activeId === null || indexes.includes(activeIndex)) return indexes
    return [...indexes, activeIndex].sort((a, b) => a - b)
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>, scrollTo: (index: number) => void) => {
    // A button beside the rows keeps its keys.
    if (!(event.target as HTMLElement).matches('.log-text')) return
    const target = targetOf(event.key, activeIndex, rows.length)
    const row = target === undefined ? undefined : rows[target]
    if (target === undefined || !row) return
    event.preventDefault()
    setActive(row.id)
    scrollTo(target)
    const list = event.currentTarget
    // The row may be rendered in the next frame only.
    viewOf(list).requestAnimationFrame(() => {
      list.querySelector<HTMLElement>(`[data-index="${target}"] .log-text`)?.focus({ preventScroll: true })
    })
  }

  return { activeIndex, setActive, extractRange, onKeyDown }
}
