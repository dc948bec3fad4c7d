import type { LogKind, LogRow } from './logSlice.js'

export interface Filter {
  /** A part of the message or of the action type; upper and lower case are equal. */
  readonly text: string
  readonly kind: LogKind | 'all'
}

export const NO_FILTER: Filter = { text: '', kind: 'all' }

export function filterRows(rows: readonly LogRow[], { text, kind }: Filter): readonly LogRow[] {
  const search = text.trim().toLowerCase()
  if (search === '' && kind === 'all') return rows
  return rows.filter(
    (row) =>
      (kind === 'all' || row.kind === kind) &&
      (row.body.toLowerCase().includes(search) || row.title.toLowerCase().includes(search)),
  )
}
