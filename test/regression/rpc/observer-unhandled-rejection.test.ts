import { describe, expect, it } from '@jest/globals'
import { socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openRpcWorld } from '../../unit/rpc/harness.js'

useFakeTime()

describe('an async observer that rejects', () => {
  // It ended the process: the rejection was unhandled.
  it('is reported, for each of its calls', async () => {
    const world = await openRpcWorld()
    const fail = async () => await Promise.reject(new Error('mine'))
    const observer = { pushed: fail, subscribed: fail, lost: fail, failed: fail }
    world.dispatch(socketSubscribe('news', undefined, { observer }))
    world.answer('s1')
    world.push('s1', 'a')
    world.network.last.drop()
    await advanceTime(150)
    world.refuse({ code: 7, message: 'no' })
    await advanceTime(1)
    expect(world.errors().filter((code) => code === 'callback_failed')).toHaveLength(4)
  })
})

describe('a listener that ends its subscription, beside an observer', () => {
  it('ends it for the observer too', async () => {
    const world = await openRpcWorld()
    const heard: unknown[] = []
    const id: string = world.dispatch(
      socketSubscribe('news', undefined, {
        listener: () => world.dispatch(socketUnsubscribe(id)),
        observer: { pushed: (data) => heard.push(data) },
      }),
    )
    world.answer('s1')
    world.push('s1', 'a')
    expect(heard).toEqual([])
  })
})
