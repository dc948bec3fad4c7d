import { describe, expect, it } from '@jest/globals'
import { socketError } from '../../../src/index.js'
import { socketPush, socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { sentence } from '../../support/mode.js'
import { setupOpenRpcStore, useFakeTime } from './harness.js'

useFakeTime()

describe('the listener of a subscription', () => {
  it('gets each push, in order, right before the reducers', async () => {
    const store = await setupOpenRpcStore()
    const received: unknown[] = []
    const listener = (data: unknown) => received.push([data, store.recorder.count(socketPush)])
    store.dispatch(socketSubscribe('news', undefined, { listener }))
    store.answer('s1')
    for (const data of ['a', { b: 1 }]) store.push('s1', data)
    expect(received).toEqual([
      ['a', 0],
      [{ b: 1 }, 1],
    ])
    expect(store.recorder.count(socketPush)).toBe(2)
  })

  it('is not part of the action that reducers get', async () => {
    const store = await setupOpenRpcStore()
    store.dispatch(socketSubscribe('news', undefined, { listener: () => {} }))
    expect(store.recorder.of(socketSubscribe).map(({ meta }) => 'listener' in meta)).toEqual([false])
  })

  it('gets no more pushes after it has unsubscribed, and neither do the reducers', async () => {
    const store = await setupOpenRpcStore()
    const received: unknown[] = []
    const id = store.dispatch(
      socketSubscribe('news', undefined, {
        listener: (data) => {
          received.push(data)
          store.dispatch(socketUnsubscribe(id))
        },
      }),
    )
    store.answer('s1')
    for (const data of ['a', 'b']) store.push('s1', data)
    expect([received, store.recorder.count(socketPush)]).toEqual([['a'], 0])
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
    const store = await setupOpenRpcStore()
    store.dispatch(socketSubscribe('news', undefined, { listener }))
    store.answer('s1')
    store.push('s1', 'a')
    await Promise.resolve()
    await Promise.resolve()
    expect(store.recorder.count(socketPush)).toBe(1)
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: sentence('"listener" threw: mine', 'mine') },
    ])
  })
})
