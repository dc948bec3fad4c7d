import { describe, expect, it } from '@jest/globals'
import { json } from '../../../src/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { jsonCodecs } from '../../support/jsonCodecs.js'
import { setupOpenStore } from '../../support/setupStore.js'

// 40 kB with 20 000 levels: Redux Toolkit's checks are recursive, and every later dispatch of a development store threw.

useFakeTime()

const nested = (levels: number, inner = ''): string => '['.repeat(levels) + inner + ']'.repeat(levels)

describe.each(jsonCodecs)('%s', (_codec, options) => {
  it.each([501, 20_000, 200_000])('refuses a frame of %i levels, and the store goes on', async (levels) => {
    const store = await setupOpenStore(options)
    store.receive(nested(levels))
    store.receive('{"after":1}')
    expect(store.takeActions()).toMatchObject([
      { type: 'socket/error', payload: { code: 'invalid_frame' } },
      { type: 'socket/message', payload: { after: 1 } },
    ])
    expect(() => store.dispatch({ type: 'app/any' })).not.toThrow()
  })

  it('reads a frame of 500 levels', async () => {
    const store = await setupOpenStore(options)
    store.receive(nested(500, '1'))
    expect(store.takeActions()).toMatchObject([{ type: 'socket/message' }])
  })
})

describe('json({ maxDepth })', () => {
  it('counts arrays and objects', () => {
    const { decode } = json({ maxDepth: 2 })
    expect(decode('{"a":[1, "a text that is long enough"]}')).toEqual({ a: [1, 'a text that is long enough'] })
    expect(() => decode('{"a":[{}]}')).toThrow(expect.objectContaining({ code: 'invalid_frame' }))
  })

  it('reads a wide frame of many values', () => {
    const wide = JSON.stringify(Array.from({ length: 50_000 }, (_, id) => ({ id, tags: ['a'] })))
    expect(json().decode(wide)).toHaveLength(50_000)
  })
})
