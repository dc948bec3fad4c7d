import { describe, expect, it } from '@jest/globals'
import { socketBatch, socketNotify, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

const circle = () => {
  const params: { self?: unknown } = {}
  params.self = params
  return params
}

// Converting the params for the reducers failed after the request was refused, and dispatch returned undefined.
describe('params that contain themselves', () => {
  it('end the request as invalid', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('a', circle()))
    await expect(request).resolves.toMatchObject({ error: { code: 'invalid' } })
    expect(store.errors()).toEqual(['encode_failed'])
    expect(store.takeActions()).toMatchObject([
      { type: 'socket/request', payload: { method: 'a' }, meta: { delivery: 'dropped' } },
      { type: 'socket/error' },
      { type: 'socket/dropped' },
    ])
  })

  it('drop the notification, fail the subscription, and end each request of a batch', async () => {
    const store = await setupOpenRpcStore()
    expect(store.dispatch(socketNotify('a', circle()))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    const id = store.dispatch(socketSubscribe('a', circle()))
    const [first, second] = store.dispatch(socketBatch([socketRequest('a'), socketRequest('b', circle())]))
    expect(await Promise.all([first, second])).toMatchObject([
      { error: { code: 'invalid' } },
      { error: { code: 'invalid' } },
    ])
    expect(store.subscription(id)).toMatchObject({ status: 'failed', error: { code: 'invalid' } })
  })
})
