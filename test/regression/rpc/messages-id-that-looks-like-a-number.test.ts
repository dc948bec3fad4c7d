import { describe, expect, it } from '@jest/globals'
import { socketRequest } from '../../../src/rpc/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

// The id was converted with Number(), which takes "0x1" for 1, and "" for 0.
describe('a reply whose id only looks like that of a request', () => {
  it.each(['0x1', ' 1', '1e0', '01', '1.0', '', 1.5, -1, 0])('settles no request: %j', async (id) => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('a'))
    store.answer('not yours', id)
    expect(store.errors()).toEqual(['unexpected_reply'])
    store.answer('yours', 1)
    await expect(request).resolves.toEqual({ data: 'yours' })
  })
})
