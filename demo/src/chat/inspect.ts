const MAX_SHOWN_BYTES = 8
const INDENT = '  '

const isFlat = (values: readonly unknown[]) => values.every((value) => typeof value !== 'object' || value === null)

/** Formats a value like a literal of a program, over several lines. */
export function inspect(value: unknown, indent = ''): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Date) return `Date ${value.toISOString()}`
  if (value instanceof Uint8Array) {
    const shown = [...value.subarray(0, MAX_SHOWN_BYTES)].join(', ')
    return `Uint8Array(${value.length}) [${shown}${value.length > MAX_SHOWN_BYTES ? ', …' : ''}]`
  }
  const inner = indent + INDENT
  if (Array.isArray(value)) {
    if (isFlat(value)) return `[${value.map((part) => inspect(part)).join(', ')}]`
    return `[\n${value.map((part) => `${inner}${inspect(part, inner)}`).join(',\n')}\n${indent}]`
  }
  const entries = Object.entries(value)
  const parts = entries.map(([key, part]) => `${JSON.stringify(key)}: ${inspect(part, inner)}`)
  // Flat objects on one line: bytes that JSON turned into an object would take a line each.
  if (isFlat(Object.values(value))) return `{ ${parts.join(', ')} }`
  return `{\n${parts.map((part) => inner + part).join(',\n')}\n${indent}}`
}
