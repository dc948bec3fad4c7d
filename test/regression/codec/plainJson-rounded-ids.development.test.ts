import { describe, expect, it, jest } from '@jest/globals'
import type * as jsonModule from '../../../src/codec/json.js'

// An id of 64 bits was rounded by JSON.parse, and nothing said so.

const freshJson = async () => {
  let codec!: typeof jsonModule
  await jest.isolateModulesAsync(async () => {
    codec = await import('../../../src/codec/json.js')
  })
  return codec.json
}

describe('a received integer beyond Number.MAX_SAFE_INTEGER', () => {
  it('is reported once in the console, with what to do', async () => {
    const json = await freshJson()
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {})
    const { decode } = json()
    decode('{"at":1700000000000,"text":"8389766145050669870","ok":9007199254740991}')
    expect(warn).not.toHaveBeenCalled()
    decode('{"orders":[{"id":8389766145050669870}]}')
    decode('{"id":8389766145050669871}')
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/MAX_SAFE_INTEGER.*json\(\{ parse \}\)/s)]])
    warn.mockRestore()
  })

  it('is not reported when json({ parse }) reads it as a BigInt', async () => {
    const json = await freshJson()
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {})
    json({ parse: (text) => ({ id: BigInt(text) }) }).decode('8389766145050669870')
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })
})
