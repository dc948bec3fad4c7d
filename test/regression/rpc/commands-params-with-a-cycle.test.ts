import { describe, expect, it } from '@jest/globals'
import { socketBatch, socketNotify, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { openRpcWorld } from '../../unit/rpc/harness.js'

useFakeTime()

const circle = () => {
  const params: { self?: unknown } = {}
  params.self = params
  return params
}

// Converting the params for the reducers failed after the request was refused, and dispatch returned undefined.
describe('params that contain themselves', () => {
  it('end the request as invalid', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('a', circle()))
    await expect(request).resolves.toMatchObject({ error: { code: 'invalid' } })
    expect(world.errors()).toEqual(['encode_failed'])
    expect(world.news()).toMatchObject([
      { type: 'socket/request', payload: { method: 'a' }, meta: { delivery: 'dropped' } },
      { type: 'socket/error' },
      { type: 'socket/dropped' },
    ])
  })

  it('drop the notification, fail the subscription, and end each request of a batch', async () => {
    const world = await openRpcWorld()
    expect(world.dispatch(socketNotify('a', circle()))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    const id = world.dispatch(socketSubscribe('a', circle()))
    const [first, second] = world.dispatch(socketBatch([socketRequest('a'), socketRequest('b', circle())]))
    expect(await Promise.all([first, second])).toMatchObject([
      { error: { code: 'invalid' } },
      { error: { code: 'invalid' } },
    ])
    expect(world.subscription(id)).toMatchObject({ status: 'failed', error: { code: 'invalid' } })
  })
})
