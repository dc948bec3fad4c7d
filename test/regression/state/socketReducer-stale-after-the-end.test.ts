import { describe, expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { setupStore } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'

const { connect } = createSocketActions()

useFakeTime()

describe('the state', () => {
  it('has no retryAt after dispose() during backoff', async () => {
    const network = createHeldServer({ mode: 'refuse' })
    const store = setupStore({
      url: 'ws://server.test/ws',
      WebSocket: network.WebSocket,
      reconnect: { backoff: () => 1_000 },
    })
    void store.dispatch(connect())
    await advanceTime(1)
    expect(store.state()).toMatchObject({ status: 'reconnecting', retryAt: expect.any(Number) })
    store.socket.dispose()
    expect(store.state()).toMatchObject({ status: 'closed', retryAt: null })
    await advanceTime(1)
  })

  it('has attempt 0 after a connect that follows `failed`', async () => {
    const network = createHeldServer({ mode: 'refuse' })
    const store = setupStore({
      // A url function that takes its time: the attempt does not start at once.
      url: async () => await new Promise<string>((resolve) => setTimeout(resolve, 100, 'ws://server.test/ws')),
      WebSocket: network.WebSocket,
      reconnect: { backoff: () => 1_000, maxRetries: 2 },
    })
    void store.dispatch(connect())
    await advanceTime(10_000)
    expect(store.state().status).toBe('failed')
    void store.dispatch(connect())
    expect(store.state()).toMatchObject({ status: 'connecting', attempt: 0 })
    await advanceTime(10_000)
  })
})
