import { useVirtualizer, type Range } from '@tanstack/react-virtual'
import { useEffect, useRef, type RefObject } from 'react'
import type { LogRow } from '../types.js'
import { LogRowView } from './LogRowView.js'
import { useRovingTabIndex } from './useRovingTabIndex.js'
import { useRowInView, useToggledRows } from './useToggledRows.js'

/** In pixels, as the styles make it. Expanded rows are measured. */
const ROW_HEIGHT = 31

const classOf = (row: LogRow | undefined): string => (row ? `log-row log-${row.kind} is-${row.severity}` : 'log-row')

/** The newest row is at the end; the list follows it while it is scrolled there. */
const useRowVirtualizer = (
  rows: readonly LogRow[],
  scroller: RefObject<HTMLDivElement | null>,
  rangeExtractor: (range: Range) => number[],
  isAnchored: boolean,
) => {
  // oxlint-disable-next-line react/incompatible-library -- the library is not built with the React compiler
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.id ?? index,
    estimateSize: () => ROW_HEIGHT,
    rangeExtractor,
    overscan: 8,
    scrollEndThreshold: ROW_HEIGHT,
    anchorTo: isAnchored ? 'end' : 'start',
    followOnAppend: true,
    // Rows are measured during a render, where React does not allow flushSync.
    useFlushSync: false,
  })
  // The list may have many rows when it is first shown.
  const showNewest = useRef(() => virtualizer.scrollToEnd())
  useEffect(() => showNewest.current(), [])

  return virtualizer
}

/** Renders the visible rows and a few around them. */
export const LogList = ({ rows }: { readonly rows: readonly LogRow[] }) => {
  const scroller = useRef<HTMLDivElement>(null)
  const toggled = useToggledRows()
  const { activeIndex, setActive, extractRange, onKeyDown } = useRovingTabIndex(rows)
  const virtualizer = useRowVirtualizer(rows, scroller, extractRange, toggled.unmeasured === null)
  useRowInView(toggled, scroller, virtualizer)
  const renderRow = (index: number) => {
    const row = rows[index]
    if (!row) return null
    const isExpanded = toggled.expanded.has(row.id)
    return (
      <LogRowView
        {...{ row, isExpanded }}
        isTabStop={index === activeIndex}
        onToggle={toggled.toggle}
        onFocus={setActive}
      />
    )
  }

  return (
    <div className="log-frame">
      <div
        ref={scroller}
        className="log-scroller"
        role="list"
        aria-label="Messages and events"
        onKeyDown={(event) => onKeyDown(event, (index) => virtualizer.scrollToIndex(index))}
      >
        <div style={{ height: virtualizer.getTotalSize() }} className="log-content" role="presentation">
          {virtualizer.getVirtualItems().map(({ index, key, start }) => (
            <div
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              data-id={key}
              role="listitem"
              aria-posinset={index + 1}
              aria-setsize={rows.length}
              className={classOf(rows[index])}
              style={{ transform: `translateY(${start}px)` }}
            >
              {renderRow(index)}
            </div>
          ))}
        </div>
      </div>
      {!virtualizer.isAtEnd(ROW_HEIGHT) && <NewestButton onClick={() => virtualizer.scrollToEnd()} />}
    </div>
  )
}

const NewestButton = ({ onClick }: { readonly onClick: () => void }) => (
  <button type="button" className="to-newest" onClick={onClick}>
    Newest ↓
  </button>
)
