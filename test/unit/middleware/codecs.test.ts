import { describe, expect, it } from '@jest/globals'
import { json, text, type Codec } from '../../../src/index.js'
import { createCodecs } from '../../../src/middleware/codecs.js'

const named = (subprotocol?: string): Codec => ({ ...json(), subprotocol }) as Codec

describe('one codec', () => {
  it('is offered to nobody, and stays whatever the server says', () => {
    const codecs = createCodecs(json())
    expect(codecs.subprotocols).toEqual([])
    expect(['', 'json', 'other'].map((protocol) => codecs.choose(protocol))).toEqual([false, false, false])
  })

  it('is json() when none is given', () => {
    expect(createCodecs().current().subprotocol).toBe('json')
  })

  it('in a list is like one alone', () => {
    const only = json()
    const codecs = createCodecs([only])
    expect({ offered: codecs.subprotocols, current: codecs.current() }).toEqual({ offered: [], current: only })
  })
})

describe('several codecs', () => {
  const [a, b, c] = [named('a'), named('b'), named('c')]

  it('are offered in their order', () => {
    expect(createCodecs([a, b, c]).subprotocols).toEqual(['a', 'b', 'c'])
  })

  it('are the preferred one until the server has spoken', () => {
    expect(createCodecs([a, b, c]).current()).toBe(a)
  })

  it.each<[protocol: string, chosen: Codec, isOther: boolean]>([
    ['a', a, false],
    ['b', b, true],
    ['c', c, true],
    ['', c, true],
    ["the app's own", c, true],
  ])('at the choice of %j', (protocol, chosen, isOther) => {
    const codecs = createCodecs([a, b, c])
    expect(codecs.choose(protocol)).toBe(isOther)
    expect(codecs.current()).toBe(chosen)
  })

  it('say whether a later choice is another one', () => {
    const codecs = createCodecs([a, b])
    expect(['b', 'b', '', 'a', 'a'].map((protocol) => codecs.choose(protocol))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ])
  })

  it('offer nothing for one that has no name', () => {
    const codecs = createCodecs([a, named()])
    expect(codecs.subprotocols).toEqual(['a'])
    codecs.choose('')
    expect(codecs.current().subprotocol).toBeUndefined()
  })

  it('take every text for a message when one of them does', () => {
    expect(createCodecs([a, text()]).isPlainText).toBe(true)
    expect(createCodecs([a, b]).isPlainText).toBeFalsy()
  })
})
