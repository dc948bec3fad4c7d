import { describe, expect, it } from '@jest/globals'
import { socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

describe('an async observer that rejects', () => {
  // It ended the process: the rejection was unhandled.
  it('is reported, for each of its calls', async () => {
    const store = await setupOpenRpcStore()
    const fail = async () => await Promise.reject(new Error('mine'))
    const observer = { pushed: fail, subscribed: fail, lost: fail, failed: fail }
    store.dispatch(socketSubscribe('news', undefined, { observer }))
    store.answer('s1')
    store.push('s1', 'a')
    store.network.last.cut()
    await advanceTime(150)
    store.refuse({ code: 7, message: 'no' })
    await advanceTime(1)
    expect(store.errors().filter((code) => code === 'callback_failed')).toHaveLength(4)
  })
})

describe('a listener that ends its subscription, beside an observer', () => {
  it('ends it for the observer too', async () => {
    const store = await setupOpenRpcStore()
    const pushes: unknown[] = []
    const id: string = store.dispatch(
      socketSubscribe('news', undefined, {
        listener: () => store.dispatch(socketUnsubscribe(id)),
        observer: { pushed: (data) => pushes.push(data) },
      }),
    )
    store.answer('s1')
    store.push('s1', 'a')
    expect(pushes).toEqual([])
  })
})
