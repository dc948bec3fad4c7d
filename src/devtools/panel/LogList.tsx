import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useRef, useState } from 'react'
import type { LogRow } from '../types.js'
import { LogRowView } from './LogRowView.js'
import { useRovingTabIndex } from './useRovingTabIndex.js'

/** In pixels, as the styles make it. Expanded rows are measured. */
const ROW_HEIGHT = 31

/** Renders the visible rows and a few around them. The newest row is at the bottom; the list follows it while it is scrolled there. */
export const LogList = ({ rows }: { readonly rows: readonly LogRow[] }) => {
  const scroller = useRef<HTMLDivElement>(null)
  const [expanded, toggle] = useToggles()
  const { activeIndex, setActive, extractRange, onKeyDown } = useRovingTabIndex(rows)
  const rowHandlers = { onToggle: toggle, onFocus: setActive }
  // oxlint-disable-next-line react/incompatible-library -- the library is not built with the React compiler
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.id ?? index,
    estimateSize: () => ROW_HEIGHT,
    rangeExtractor: extractRange,
    overscan: 8,
    scrollEndThreshold: ROW_HEIGHT,
    anchorTo: 'end',
    followOnAppend: true,
    // Rows are measured during a render, where React does not allow flushSync.
    useFlushSync: false,
  })
  const items = virtualizer.getVirtualItems()

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
          {items.map(({ index, key, start }) => {
            const row = rows[index]
            return (
              row && (
                <div
                  key={key}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  role="listitem"
                  aria-posinset={index + 1}
                  aria-setsize={rows.length}
                  className={`log-row log-${row.kind} is-${row.severity}`}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <LogRowView
                    row={row}
                    isExpanded={expanded.has(row.id)}
                    isTabStop={index === activeIndex}
                    {...rowHandlers}
                  />
                </div>
              )
            )
          })}
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

/** A set of ids, and a function that adds or removes one. */
const useToggles = () => {
  const [ids, setIds] = useState<ReadonlySet<number>>(() => new Set())
  const toggle = useCallback((id: number) => {
    setIds((before) => {
      const after = new Set(before)
      if (!after.delete(id)) after.add(id)
      return after
    })
  }, [])
  return [ids, toggle] as const
}
