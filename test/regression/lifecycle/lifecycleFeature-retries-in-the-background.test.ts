import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, socketClose, socketConnect, socketReconnect } from '../../../src/index.js'
import { lifecycleFeature, reactNativeLifecycle, type Lifecycle } from '../../../src/lifecycle/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createPhone } from '../../support/reactNative.js'
import { setupStore } from '../../support/setupStore.js'

useFakeTime()

const minute = 60_000
const create = createSocketMiddleware.with(lifecycleFeature)

/** An app whose server refuses every connection. */
const setupRefused = (lifecycle: Lifecycle) => {
  const network = createFakeNetwork({ mode: 'refuse' })
  const options = { create, lifecycle, url: 'ws://server.test/ws', WebSocket: network.WebSocket }
  const store = setupStore({ ...options, reconnect: { backoff: () => minute } } as never)
  return { ...store, attempts: () => network.sockets.length }
}

describe('an app in the background', () => {
  it.each([['socketReconnect', socketReconnect] as const, ['socketConnect', socketConnect] as const])(
    'starts no retry after the attempt that %s asked for',
    async (_name, command) => {
      const phone = createPhone()
      const { attempts, dispatch, state } = setupRefused(reactNativeLifecycle(phone.AppState, phone.NetInfo))
      void dispatch(socketConnect())
      await advanceTime(1)
      phone.goTo('background')
      void dispatch(command())
      await advanceTime(10 * minute)
      expect([attempts(), state().status, state().retryAt]).toEqual([2, 'reconnecting', null])
      phone.goTo('active')
      await advanceTime(1)
      expect(attempts()).toBe(3)
    },
  )

  it('starts no retry when it has started there', async () => {
    const phone = createPhone()
    phone.goTo('background')
    const { attempts, dispatch, state } = setupRefused(reactNativeLifecycle(phone.AppState, phone.NetInfo))
    void dispatch(socketConnect())
    await advanceTime(10 * minute)
    expect([attempts(), state().status, state().retryAt]).toEqual([1, 'reconnecting', null])
    phone.goTo('active')
    await advanceTime(1)
    expect(attempts()).toBe(2)
  })

  it('starts no retry after socketReconnect when its lifecycle reports changes only', async () => {
    let pause = () => {}
    const { attempts, dispatch } = setupRefused({
      onPause: (call) => {
        pause = call
        return () => {}
      },
      onResume: () => () => {},
    })
    void dispatch(socketConnect())
    await advanceTime(1)
    pause()
    void dispatch(socketReconnect())
    await advanceTime(10 * minute)
    expect(attempts()).toBe(2)
  })
})

describe('an app that returned to the foreground while its connection was closed', () => {
  it('starts retries after the next socketConnect', async () => {
    const phone = createPhone()
    const { attempts, dispatch } = setupRefused(reactNativeLifecycle(phone.AppState, phone.NetInfo))
    void dispatch(socketConnect())
    await advanceTime(1)
    phone.goTo('background')
    void dispatch(socketClose())
    await advanceTime(1)
    phone.goTo('active')
    void dispatch(socketConnect())
    await advanceTime(minute + 1)
    expect(attempts()).toBe(3)
  })
})
