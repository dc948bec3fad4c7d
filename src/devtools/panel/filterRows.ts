import type { LogRow, RowKind } from '../types.js'

/** Which rows of the log are shown. */
export interface RowFilter {
  /** A part of the message or of the action type; upper and lower case are equal. */
  readonly text: string
  readonly kind: RowKind | 'problem' | 'all'
}

/** Shows every row. */
export const NO_FILTER: RowFilter = { text: '', kind: 'all' }

const isOfKind = ({ kind, severity }: LogRow, wanted: RowFilter['kind']): boolean => {
  if (wanted === 'all') return true
  return wanted === 'problem' ? severity === 'error' || severity === 'warning' : kind === wanted
}

/** The rows that a filter selects. */
export const filterRows = (rows: readonly LogRow[], { text, kind }: RowFilter): readonly LogRow[] => {
  const search = text.trim().toLowerCase()
  if (search === '' && kind === 'all') return rows
  return rows.filter(
    (row) =>
      isOfKind(row, kind) && (row.body.toLowerCase().includes(search) || row.title.toLowerCase().includes(search)),
  )
}
