import { describe, expect, it } from '@jest/globals'
import { socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { openRpcWorld } from '../../unit/rpc/harness.js'

useFakeTime()

// The end of the first subscription removed the id of the second, whose pushes were then ignored.
describe('a server that gives two subscriptions one id', () => {
  it('still pushes to the second when the first has ended', async () => {
    const world = await openRpcWorld()
    const [first, second] = [world.dispatch(socketSubscribe('news')), world.dispatch(socketSubscribe('news'))]
    world.answer('s1', 1)
    world.answer('s1', 2)
    world.dispatch(socketUnsubscribe(first))
    world.push('s1', 'there')
    expect(world.pushed()).toEqual([{ id: second, channel: 'news', data: 'there' }])
  })
})
