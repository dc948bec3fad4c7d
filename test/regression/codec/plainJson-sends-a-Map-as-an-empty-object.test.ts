import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, json, socketSend } from '../../../src/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { sentence } from '../../support/mode.js'
import { setupOpenStore } from '../../support/setupStore.js'

// `JSON.stringify` writes `{}` or `null` for what it cannot carry, and the send was `sent`.

useFakeTime()

const values: [what: string, value: unknown, text: RegExp][] = [
  ['bytes', { pic: new Uint8Array([1, 2]) }, /a Uint8Array \(at "pic"\)/],
  ['a Node Buffer', { pic: Buffer.from([1]) }, /a Uint8Array \(at "pic"\)/],
  ['a Blob', { files: [new Blob(['x'])] }, /a Blob \(at "files\.0"\)/],
  ['a Map', { a: { map: new Map([[1, 2]]) } }, /a Map \(at "a\.map"\)/],
  ['a Set', new Set([1]), /cannot carry a Set:/],
  ['a SharedArrayBuffer', new SharedArrayBuffer(2), /a SharedArrayBuffer:/],
  ['NaN', { px: Number.NaN }, /NaN \(at "px"\)/],
  ['Infinity', [Infinity], /Infinity \(at "0"\)/],
]

describe.each([
  ['the default codec', {}],
  ['the default features', { create: createSocketMiddleware }],
  ['json()', { codec: json() }],
])('%s', (_codec, options) => {
  it.each(values)('drops a send that contains %s, and says where', async (_what, value, text) => {
    const store = await setupOpenStore(options)
    expect(store.dispatch(socketSend(value))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    expect(store.sent()).toEqual([])
    const error = store.takeActions().find(({ type }) => type === 'socket/error')
    expect(error).toMatchObject({ payload: { code: 'encode_failed', message: sentence(text) } })
  })

  it('sends null, empty objects, dates and texts that look like lost values', async () => {
    const store = await setupOpenStore(options)
    const value = { a: null, b: {}, c: [], '0': 'null', at: new Date(0), d: undefined, e: 'Buffer' }
    expect(store.dispatch(socketSend(value)).delivery).toBe('sent')
    expect(store.sent()).toEqual([JSON.stringify(value)])
  })
})
