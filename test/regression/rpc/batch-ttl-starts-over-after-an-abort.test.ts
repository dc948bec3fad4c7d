import { describe, expect, it } from '@jest/globals'
import { socketBatch, socketRequest } from '../../../src/rpc/index.js'
import { setupRpcStore, advanceTime, useFakeTime, type RpcStoreOptions } from '../../unit/rpc/harness.js'

useFakeTime()

const begin = (options: RpcStoreOptions, ttl?: number) => {
  const store = setupRpcStore(options)
  const calls = ['a', 'b', 'c'].map((method) => socketRequest(method, undefined, { timeout: Infinity }))
  const handles = store.dispatch(socketBatch(calls, ttl === undefined ? {} : { ttl }))
  const codes: unknown[] = []
  for (const handle of handles) void handle.then(({ error }) => codes.push(error?.code))
  return { store, handles, codes }
}

// The rest of the batch was queued again with the whole ttl: it expired after 1100 ms instead of 600.
describe('a batch of which a request is aborted while it waits', () => {
  it('expires when its ttl is over, counted from its dispatch', async () => {
    const { handles, codes } = begin({}, 600)
    await advanceTime(300)
    handles[0]!.abort()
    await advanceTime(200)
    handles[1]!.abort()
    await advanceTime(99)
    expect(codes).toEqual(['request_aborted', 'request_aborted'])
    await advanceTime(1)
    expect(codes).toEqual(['request_aborted', 'request_aborted', 'expired'])
  })

  it('expires after the ttl of the queue, counted from its dispatch', async () => {
    const { handles, codes } = begin({ queue: { ttl: 400 } })
    await advanceTime(300)
    handles[0]!.abort()
    await advanceTime(99)
    expect(codes).toEqual(['request_aborted'])
    await advanceTime(1)
    expect(codes).toEqual(['request_aborted', 'expired', 'expired'])
  })

  it('does not expire without a ttl', async () => {
    const { handles, codes } = begin({ queue: { ttl: Infinity } })
    await advanceTime(1_000_000)
    handles[0]!.abort()
    await advanceTime(1_000_000)
    expect(codes).toEqual(['request_aborted'])
  })
})
