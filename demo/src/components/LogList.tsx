import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useRef, useState } from 'react'
import type { LogRow } from '../log/logSlice.js'
import { LogRowView } from './LogRowView.js'
import { useRovingRow } from './useRovingRow.js'

const ROW_HEIGHT = 37

/** The rows in view and a few around them; the newest is at the bottom, and stays in view if it was. */
export function LogList({ rows }: { readonly rows: readonly LogRow[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const [expanded, toggle] = useToggles()
  const roving = useRovingRow(rows)
  // oxlint-disable-next-line react/incompatible-library -- the demo isn't built with the React compiler, which it would break
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.id ?? index,
    estimateSize: () => ROW_HEIGHT,
    rangeExtractor: roving.extractRange,
    overscan: 8,
    anchorTo: 'end',
    followOnAppend: true,
    // React forbids flushSync while it renders, which is when measuring happens.
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
        onKeyDown={(event) => roving.onKeyDown(event, (index) => virtualizer.scrollToIndex(index))}
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
                  className={`log-row log-${row.kind}`}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <LogRowView
                    row={row}
                    isExpanded={expanded.has(row.id)}
                    isTabStop={index === roving.activeIndex}
                    onToggle={toggle}
                    onFocus={roving.setActive}
                  />
                </div>
              )
            )
          })}
        </div>
      </div>
      {!virtualizer.isAtEnd(ROW_HEIGHT) && (
        <button type="button" className="to-newest" onClick={() => virtualizer.scrollToEnd()}>
          Newest ↓
        </button>
      )}
    </div>
  )
}

/** A set of ids, and what puts one in or takes it out. */
function useToggles() {
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
