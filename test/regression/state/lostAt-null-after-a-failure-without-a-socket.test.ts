import { describe, expect, it } from '@jest/globals'
import { selectIsLost, socketConnect, SocketFailure } from '../../../src/index.js'
import { advanceTime, START, useFakeTime } from '../../support/fakeTime.js'
import type { StoreOptions } from '../../support/buildStore.js'
import { setupStore } from '../../support/setupStore.js'

useFakeTime()

const fail = (error: Error) => () => {
  throw error
}

const failures: readonly (readonly [string, StoreOptions])[] = [
  ['the url is invalid', { url: 'ftp://a.example' }],
  ['a function for the url throws and there is no retry', { url: fail(new Error('no')), reconnect: false }],
  ['a function for the url throws a SocketFailure', { url: fail(new SocketFailure('no')) }],
]

describe('lostAt', () => {
  it.each(failures)('is the time of the failure when %s at the first attempt', async (_name, options) => {
    const { dispatch, state, store } = setupStore(options)
    const outcome = dispatch(socketConnect())
    await advanceTime(1)
    expect(await outcome).toBe('failed')
    expect([state().status, state().lostAt]).toEqual(['failed', START])
    await advanceTime(3_000)
    expect(selectIsLost(store.getState())).toBe(true)
  })

  it('stays the time of the loss when a retry fails without a socket', async () => {
    let attempts = 0
    const { dispatch, network, state } = setupStore({
      url: () => (attempts++ ? fail(new SocketFailure('no'))() : 'ws://a.example/ws'),
      reconnect: { backoff: () => 1_000 },
    })
    void dispatch(socketConnect())
    await advanceTime(1)
    network.last.cut()
    await advanceTime(1)
    const { lostAt } = state()
    await advanceTime(1_000)
    expect([state().status, state().lostAt]).toEqual(['failed', lostAt])
  })
})
