import type { LogKind, LogRow } from './logSlice.js'

export interface Filter {
  /** Looked for in the message or the event's type, upper and lower case alike. */
  readonly text: string
  readonly kind: LogKind | 'all'
}

export const NO_FILTER: Filter = { text: '', kind: 'all' }

export function filterRows(rows: readonly LogRow[], { text, kind }: Filter): readonly LogRow[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '' && kind === 'all') return rows
  return rows.filter(
    (row) =>
      (kind === 'all' || row.kind === kind) &&
      (row.body.toLowerCase().includes(wanted) || row.title.toLowerCase().includes(wanted)),
  )
}
