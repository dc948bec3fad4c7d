import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openStore } from '../../support/tabs/tabStore.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

// The exception of the real WebSocket was swallowed: each attempt failed without a reason.

useFakeTime({ performance: true })

it('a malformed subprotocol fails the connection of a shared socket, as of any other', async () => {
  const world = createTabWorld()
  const store = openStore(world.open(), { protocols: ['a b'] })
  await advanceTime(50)
  expect(store.state()).toMatchObject({
    status: 'failed',
    error: { code: 'invalid_url', message: expect.stringContaining('a subprotocol is a token') },
  })
})

it('the reason why the platform refuses an address is in the error of the store', async () => {
  const { WebSocket } = createTabWorld().open({
    WebSocket: function () {
      throw new DOMException('An insecure address in a secure page.', 'SecurityError')
    } as never,
  })
  const store = openStore({ WebSocket } as never)
  await advanceTime(50)
  expect(store.state()).toMatchObject({
    status: 'reconnecting',
    error: { code: 'connection_failed', message: expect.stringContaining('An insecure address in a secure page.') },
  })
})
