/** @jest-environment ./test/env/dom.cjs */
import { expect, it } from '@jest/globals'
import { msgpack } from '../../../src/codec/msgpack.js'

// jsdom and React Native before 0.74 have no TextEncoder: @msgpack/msgpack threw when it was imported.

const texts = ['', 'a', 'é', '€', '😀', 'a\u0000b', 'é€😀x'.repeat(100), 'x'.repeat(70_000)]

it('the runtime has no TextEncoder and no TextDecoder, also after the import', () => {
  expect(['TextEncoder' in globalThis, 'TextDecoder' in globalThis]).toEqual([false, false])
})

it.each(texts)('msgpack carries a text without them, %#', (text) => {
  const codec = msgpack()
  const bytes = codec.encode({ text }) as Uint8Array
  expect(Buffer.from(bytes).includes(Buffer.from(text))).toBe(true)
  expect(codec.decode(bytes.slice().buffer)).toEqual({ text })
})
