import { defaultRangeExtractor, type Range } from '@tanstack/react-virtual'
import { useState, type KeyboardEvent } from 'react'
import type { LogRow } from '../log/logSlice.js'

const PAGE = 10

/** Where a key leads from `index`, in a list of `count`; undefined for keys that lead nowhere. */
function destination(key: string, index: number, count: number): number | undefined {
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

/** The position of the row with this id, or of its nearest follower: ids only ever grow along the list. */
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
 * One row of the list is its only tab stop, arrow keys move it: to tab through ten thousand rows would be no way out.
 * The row that holds it stays rendered wherever the list is scrolled to, for focus dies with its element.
 */
export function useRovingRow(rows: readonly LogRow[]) {
  const [activeId, setActive] = useState<number | null>(null)
  const activeIndex = activeId === null ? rows.length - 1 : indexOf(rows, activeId)

  const extractRange = (range: Range) => {
    const indexes = defaultRangeExtractor(range)
    if (activeId === null || indexes.includes(activeIndex)) return indexes
    return [...indexes, activeIndex].toSorted((a, b) => a - b)
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>, scrollTo: (index: number) => void) => {
    if (!(event.target instanceof HTMLButtonElement)) return
    const target = destination(event.key, activeIndex, rows.length)
    const row = target === undefined ? undefined : rows[target]
    if (target === undefined || !row) return
    event.preventDefault()
    setActive(row.id)
    scrollTo(target)
    const list = event.currentTarget
    // The row may only be rendered in the coming frame.
    requestAnimationFrame(() => {
      list.querySelector<HTMLElement>(`[data-index="${target}"] button`)?.focus({ preventScroll: true })
    })
  }

  return { activeIndex, setActive, extractRange, onKeyDown }
}
