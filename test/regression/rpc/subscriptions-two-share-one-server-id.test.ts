import { describe, expect, it } from '@jest/globals'
import { socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

// The end of the first subscription removed the id of the second, whose pushes were then ignored.
describe('a server that gives two subscriptions one id', () => {
  it('still pushes to the second when the first has ended', async () => {
    const store = await setupOpenRpcStore()
    const [first, second] = [store.dispatch(socketSubscribe('news')), store.dispatch(socketSubscribe('news'))]
    store.answer('s1', 1)
    store.answer('s1', 2)
    store.dispatch(socketUnsubscribe(first))
    store.push('s1', 'there')
    expect(store.pushed()).toEqual([{ id: second, channel: 'news', data: 'there' }])
  })
})
