import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, socketClose, socketConnect, socketReconnect } from '../../../src/index.js'
import { lifecycleFeature, reactNativeLifecycle, type Lifecycle } from '../../../src/lifecycle/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPhone } from '../../support/reactNative.js'
import { setupStore } from '../../support/setupStore.js'

useFakeTime()

const minute = 60_000
const create = createSocketMiddleware.with(lifecycleFeature)

const setup = (lifecycle: Lifecycle) => {
  const options: object = { create, lifecycle, reconnect: { backoff: () => minute } }
  const store = setupStore(options)
  return { ...store, attempts: () => store.network.connections.length }
}

/** The same, with an open connection. From now on the server refuses every attempt. */
const setupOpen = async (lifecycle: Lifecycle) => {
  const store = setup(lifecycle)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.network.mode = 'refuse'
  return store
}

describe('an app in the background', () => {
  it('starts no retry after the attempt that socketReconnect asked for', async () => {
    const phone = createPhone()
    const { attempts, dispatch, state } = await setupOpen(reactNativeLifecycle(phone.AppState, phone.NetInfo))
    phone.goTo('background')
    void dispatch(socketReconnect())
    await advanceTime(10 * minute)
    expect([attempts(), state().status, state().retryAt]).toEqual([2, 'reconnecting', null])
    phone.goTo('active')
    await advanceTime(1)
    expect(attempts()).toBe(3)
  })

  it('starts no retry when it has started there', async () => {
    const phone = createPhone()
    phone.goTo('background')
    const { attempts, dispatch, network, state } = setup(reactNativeLifecycle(phone.AppState, phone.NetInfo))
    network.mode = 'refuse'
    void dispatch(socketConnect())
    await advanceTime(10 * minute)
    expect([attempts(), state().status, state().retryAt]).toEqual([1, 'reconnecting', null])
    phone.goTo('active')
    await advanceTime(1)
    expect(attempts()).toBe(2)
  })

  it('starts no retry after socketReconnect when its lifecycle reports changes only', async () => {
    let pause = () => {}
    const { attempts, dispatch } = await setupOpen({
      onPause: (call) => {
        pause = call
        return () => {}
      },
      onResume: () => () => {},
    })
    pause()
    void dispatch(socketReconnect())
    await advanceTime(10 * minute)
    expect(attempts()).toBe(2)
  })
})

describe('an app that returned to the foreground while its connection was closed', () => {
  it('starts retries after the next socketConnect', async () => {
    const phone = createPhone()
    const { attempts, dispatch } = await setupOpen(reactNativeLifecycle(phone.AppState))
    phone.goTo('background')
    void dispatch(socketClose())
    await advanceTime(1)
    phone.goTo('active')
    void dispatch(socketConnect())
    await advanceTime(minute + 1)
    expect(attempts()).toBe(3)
  })
})
