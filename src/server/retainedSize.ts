/** What V8 allocates beside the content; close enough for a limit, and rather too much. */
const OBJECT = 56
const PROPERTY = 48
const ARRAY = 32
const SLOT = 8
const STRING = 24
const NUMBER = 16
const BYTES = 200

const textSize = (text: string): number => STRING + 2 * text.length

/** The size of a value without its children, which are added to `open`. */
const ownSize = (value: unknown, open: unknown[]): number => {
  if (typeof value === 'string') return textSize(value)
  if (typeof value === 'number' || typeof value === 'bigint') return NUMBER
  if (typeof value !== 'object' || value === null) return 0
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return BYTES + value.byteLength
  if (Array.isArray(value)) {
    for (const child of value as readonly unknown[]) open.push(child)
    return ARRAY + SLOT * value.length
  }
  if (value instanceof Map) for (const [key, child] of value as ReadonlyMap<unknown, unknown>) open.push(key, child)
  if (value instanceof Set) for (const child of value as ReadonlySet<unknown>) open.push(child)
  let size = OBJECT
  for (const [key, child] of Object.entries(value)) {
    size += PROPERTY + 2 * key.length
    open.push(child)
  }
  return size
}

/**
 * Estimates the memory that a decoded value takes, in bytes. It is much more than the size of its message for a value of many small parts: `[]` has two
 * bytes on the wire, and forty in memory.
 */
export const retainedSize = (value: unknown): number => {
  // Not recursive: a message may have more levels than the stack has room for.
  const open = [value]
  let size = 0
  while (open.length > 0) size += ownSize(open.pop(), open)
  return size
}
