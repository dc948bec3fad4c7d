/** Says whether the last reconnect brought what was missed; nothing before the first one. */
export function Recovery({ recovered }: { readonly recovered: boolean | null }) {
  return (
    <output className="count" aria-label="After the last reconnect">
      {recovered !== null && (recovered ? 'Caught up' : 'Loaded again')}
    </output>
  )
}
