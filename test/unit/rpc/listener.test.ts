import { describe, expect, it } from '@jest/globals'
import { socketError } from '../../../src/index.js'
import { socketPush, socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { sentence } from '../../support/mode.js'
import { openRpcWorld, useFakeTime } from './harness.js'

useFakeTime()

describe('the listener of a subscription', () => {
  it('gets each push, in order, right before the reducers', async () => {
    const world = await openRpcWorld()
    const received: unknown[] = []
    const listener = (data: unknown) => received.push([data, world.recorder.count(socketPush)])
    world.dispatch(socketSubscribe('news', undefined, { listener }))
    world.answer('s1')
    for (const data of ['a', { b: 1 }]) world.push('s1', data)
    expect(received).toEqual([
      ['a', 0],
      [{ b: 1 }, 1],
    ])
    expect(world.recorder.count(socketPush)).toBe(2)
  })

  it('is not part of the action that reducers get', async () => {
    const world = await openRpcWorld()
    world.dispatch(socketSubscribe('news', undefined, { listener: () => {} }))
    expect(world.recorder.of(socketSubscribe).map(({ meta }) => 'listener' in meta)).toEqual([false])
  })

  it('gets no more pushes after it has unsubscribed, and neither do the reducers', async () => {
    const world = await openRpcWorld()
    const received: unknown[] = []
    const id = world.dispatch(
      socketSubscribe('news', undefined, {
        listener: (data) => {
          received.push(data)
          world.dispatch(socketUnsubscribe(id))
        },
      }),
    )
    world.answer('s1')
    for (const data of ['a', 'b']) world.push('s1', data)
    expect([received, world.recorder.count(socketPush)]).toEqual([['a'], 0])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('mine')
      },
    ],
    ['rejects', async () => await Promise.reject(new Error('mine'))],
  ])('is reported as a socketError when it %s, and the reducers get the push', async (_, listener) => {
    const world = await openRpcWorld()
    world.dispatch(socketSubscribe('news', undefined, { listener }))
    world.answer('s1')
    world.push('s1', 'a')
    await Promise.resolve()
    await Promise.resolve()
    expect(world.recorder.count(socketPush)).toBe(1)
    expect(world.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: sentence('"listener" threw: mine', 'mine') },
    ])
  })
})
