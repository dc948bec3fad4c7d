import type { LogRow } from './types.js'

/** How many rows are kept for each connection. */
const MAX_ROWS = 10_000

/** How many characters all rows of a connection may have together. */
const MAX_CHARACTERS = 8_000_000

/** The newest rows of one connection. */
export interface RowList {
  /** The number of rows that were ever added. The id of the next one. */
  readonly total: () => number
  /** Adds a row. Returns its id. */
  readonly add: (row: Omit<LogRow, 'id'>) => number
  /** Changes a row that is still kept. */
  readonly change: (id: number, change: Partial<LogRow>) => void
  /** Changes every row for which `changeOf` returns something. */
  readonly changeAll: (changeOf: (row: LogRow) => Partial<LogRow> | undefined) => void
  /** A copy of what is kept, the oldest first. */
  readonly list: () => readonly LogRow[]
  /** Discards all rows. Their ids are not used again. */
  readonly clear: () => void
}

/** Creates an empty list. Adding takes constant time: discarded rows leave the array in large slices. */
export const createRowList = (maxRows = MAX_ROWS, maxCharacters = MAX_CHARACTERS): RowList => {
  let rows: LogRow[] = []
  /** The index of the oldest row that is kept. */
  let start = 0
  let total = 0
  let characters = 0
  const isOverLimit = () => {
    const count = rows.length - start
    return count > maxRows || (characters > maxCharacters && count > 1)
  }
  const discardOldest = () => {
    characters -= rows[start]?.body.length ?? 0
    start++
    if (start < maxRows) return
    rows = rows.slice(start)
    start = 0
  }
  const set = (index: number, change: Partial<LogRow>) => {
    const row = rows[index]
    if (!row || index < start) return
    rows[index] = { ...row, ...change }
    characters += (change.body ?? row.body).length - row.body.length
  }
  return {
    total: () => total,
    add: (row) => {
      rows.push({ ...row, id: total })
      characters += row.body.length
      while (isOverLimit()) discardOldest()
      return total++
    },
    change: (id, change) => set(rows.length - (total - id), change),
    changeAll: (changeOf) => {
      for (let index = start; index < rows.length; index++) {
        const change = changeOf(rows[index]!)
        if (change) set(index, change)
      }
    },
    list: () => rows.slice(start),
    clear: () => {
      rows = []
      start = 0
      characters = 0
    },
  }
}
