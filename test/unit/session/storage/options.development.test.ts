import { expect, it } from '@jest/globals'
import { customStorage, indexedDbStorage } from '../../../../src/session/storage/index.js'
import { createPages } from '../../../support/session/pages.js'

it.each<[string, () => unknown]>([
  ['no storage', () => customStorage(undefined as never)],
  ['a storage without claim', () => customStorage({ getItem: () => {} } as never)],
  [
    'a text as maxAge',
    () => customStorage({ claim: async () => await new Promise(() => {}) }, { maxAge: '1d' as never }),
  ],
  ['NaN as maxAge', () => indexedDbStorage({ maxAge: NaN })],
  ['an unknown option', () => indexedDbStorage({ nam: 'x' } as never)],
  ['a bare storage as the option', () => createPages().load({ session: { storage: { claim: () => {} } as never } })],
])('%s is refused with invalid_option', (_name, create) => {
  expect(create).toThrow(
    expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('expected') }),
  )
})
