import { describe, expect, it } from '@jest/globals'
import { json } from '../../../src/index.js'
import { socketRequest } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

// What one message of a batch threw was an unhandled rejection, and the others got no reply.
describe('a batch with one message that cannot become plain', () => {
  it('is handled except for that message', async () => {
    const plain = json()
    const decode = (frame: unknown) => {
      const message = plain.decode(frame as string)
      for (const one of [message].flat() as { params?: { data: unknown } }[]) {
        if (one.params?.data === 'circle') one.params.data = one
      }
      return message
    }
    const store = await setupOpenRpcStore({
      codec: { ...plain, isPlain: false, decode },
      rpcOptions: { methods: { a: () => 1 } },
    })
    const request = store.dispatch(socketRequest('b'))
    store.receiveJson([
      { jsonrpc: '2.0', method: '$/push', params: { channel: 'news', data: 'circle' } },
      { jsonrpc: '2.0', id: 1, result: 'B' },
      { jsonrpc: '2.0', id: 's1', method: 'a' },
    ])
    await advanceTime(1)
    await expect(request).resolves.toEqual({ data: 'B' })
    expect(store.sent().at(-1)).toBe('[{"jsonrpc":"2.0","id":"s1","result":1}]')
    expect(store.errors()).toEqual(['callback_failed'])
  })
})
