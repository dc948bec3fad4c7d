/** Whether JSON leaves a value out. */
export const isNothing = (value: unknown): boolean => typeof value === 'function' || typeof value === 'symbol'

/**
 * Whether a value is plain data at every depth; with `isJson` also without NaN and Infinity. Nearly every message is, so the check creates nothing.
 */
export const isPlainData = (value: unknown, isJson?: boolean): boolean => {
  if (typeof value === 'number') return !isJson || value - value === 0
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint' && !isNothing(value)
  if (Array.isArray(value)) return value.every((part) => isPlainData(part, isJson))
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  // By hand: every send passes here, and most members are texts.
  for (const key in value) {
    const part: unknown = value[key as never]
    if (typeof part !== 'string' && (!isPlainData(part, isJson) || key === '__proto__')) return false
  }
  return true
}
