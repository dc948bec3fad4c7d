// Assertions that run in Node and inside a page alike, without expect and node:assert.

const show = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) as string | undefined)
  if (text === undefined) return String(value)
  return text.length > 600 ? `${text.slice(0, 600)}…` : text
}

const same = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(Reflect.get(a, key), Reflect.get(b, key)))
  )
}

export function ok(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`expected ${claim}`)
}

/** Deep equality of plain data. */
export const equal = (actual: unknown, expected: unknown, what = 'value'): void => {
  ok(same(actual, expected), `${what} to be ${show(expected)}, got ${show(actual)}`)
}

/** That `act` throws a DOMException (or error) of that name. */
export const throwsNamed = (act: () => unknown, name: string): void => {
  let thrown: unknown
  try {
    act()
  } catch (error) {
    thrown = error
  }
  equal(thrown === undefined ? 'nothing' : (thrown as Error).name, name, 'what is thrown')
}
