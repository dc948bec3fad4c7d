import { codedError, show } from '../../internal/errors.js'
import type { SessionStorage } from './storedSession.js'

const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
  maxAge: (value) => typeof value === 'number' && value >= 0,
  owner: (value) => typeof value === 'string' || typeof value === 'function',
}

/** Throws `invalid_option`. Development only. */
export const checkStorage = (storage: unknown, options: unknown): void => {
  const expect = (isTrue: boolean, expected: string, value: unknown): void => {
    if (!isTrue) throw codedError('invalid_option', `session.storage: expected ${expected}, got ${show(value)}.`)
  }
  const { claim } = (storage ?? {}) as Partial<SessionStorage>
  expect(typeof claim === 'function', 'an object with a function "claim(scope)"', storage)
  expect(typeof options === 'object' && options !== null, 'options as an object', options)
  for (const [name, value] of Object.entries(options as object)) {
    const expected = '"owner" (a text or a function) and "maxAge" (milliseconds, 0 or more)'
    expect(value === undefined || !!checks[name]?.(value), expected, { [name]: value as unknown })
  }
}
