import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, socketClose, socketConnect, socketError, socketReconnect } from '../../../src/index.js'
import { lifecycleFeature, reactNativeLifecycle, type Lifecycle } from '../../../src/lifecycle/index.js'
import { advanceTime, START, useFakeTime } from '../../support/fakeTime.js'
import { takeCallbackErrors } from '../../support/leaks.js'
import { inDevelopment } from '../../support/mode.js'
import { createPage } from '../../support/page.js'
import { createPhone } from '../../support/reactNative.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'

useFakeTime()

const minute = 60_000
const create = createSocketMiddleware.with(lifecycleFeature)

const setup = (lifecycle: Lifecycle, options: StoreOptions = {}) =>
  setupStore({ create: create as never, lifecycle, reconnect: { backoff: () => minute }, ...options } as never)

/** An app on a phone, with its connection open. */
const openApp = async (options: StoreOptions = {}, phone = createPhone()) => {
  const store = setup(reactNativeLifecycle(phone.AppState, phone.NetInfo), options)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  return { ...store, phone, attempts: () => store.network.connections.length }
}

/** The same, waiting for a retry that is a minute away. */
const waitingApp = async () => {
  const app = await openApp()
  app.network.last.cut()
  await advanceTime(20)
  expect(app.state()).toMatchObject({ status: 'reconnecting', retryAt: expect.any(Number) })
  return app
}

describe('an app in the background', () => {
  it('keeps its socket', async () => {
    const { phone, state, attempts } = await openApp()
    phone.goTo('background')
    await advanceTime(minute)
    phone.goTo('active')
    await advanceTime(1)
    expect([state().status, attempts()]).toEqual(['open', 1])
  })

  it('starts no retry, and starts one at once in the foreground', async () => {
    const { phone, state, attempts } = await waitingApp()
    phone.goTo('inactive')
    phone.goTo('background')
    await advanceTime(20)
    expect(state()).toMatchObject({ status: 'reconnecting', retryAt: null })
    await advanceTime(60 * minute)
    expect(attempts()).toBe(1)
    phone.goTo('active')
    await advanceTime(1)
    expect([state().status, attempts()]).toEqual(['open', 2])
  })

  it('plans no retry when the connection is lost there', async () => {
    const { phone, network, state, attempts } = await openApp()
    phone.goTo('background')
    network.last.cut()
    await advanceTime(10 * minute)
    expect(state()).toMatchObject({ status: 'reconnecting', retryAt: null })
    phone.goTo('active')
    await advanceTime(1)
    expect([state().status, attempts()]).toEqual(['open', 2])
  })

  it('connects when a command asks for it', async () => {
    const { phone, dispatch, state } = await waitingApp()
    phone.goTo('background')
    void dispatch(socketReconnect())
    await advanceTime(1)
    expect(state().status).toBe('open')
  })

  it('stays closed after a close', async () => {
    const { phone, dispatch, state } = await openApp()
    phone.goTo('background')
    void dispatch(socketClose())
    await advanceTime(1)
    phone.goTo('active')
    await advanceTime(minute)
    expect(state().status).toBe('closed')
  })
})

describe('an app that comes back', () => {
  it('asks its peer at once, and reconnects when that does not answer', async () => {
    const { phone, network, sent } = await openApp({ heartbeat: { interval: 10 * minute, timeout: 1_000 } })
    network.last.sendRaw('pong')
    await advanceTime(1)
    const before = sent().length
    phone.goTo('background')
    await advanceTime(minute)
    phone.goTo('active')
    await advanceTime(1)
    expect(sent().slice(before)).toEqual(['ping'])
    await advanceTime(2_500)
    expect(network.connections.length).toBe(2)
  })
})

describe('a phone without a network', () => {
  it('starts no retry, and starts one at once when the network is back', async () => {
    const { phone, state, attempts } = await waitingApp()
    phone.setConnected(false)
    await advanceTime(20)
    expect(state().retryAt).toBeNull()
    await advanceTime(10 * minute)
    expect(attempts()).toBe(1)
    phone.setConnected(true)
    await advanceTime(1)
    expect([state().status, attempts()]).toEqual(['open', 2])
  })

  it('starts none in the foreground either, until the network is back', async () => {
    const { phone, attempts } = await waitingApp()
    phone.setConnected(false)
    phone.goTo('background')
    phone.goTo('active')
    await advanceTime(10 * minute)
    expect(attempts()).toBe(1)
    phone.setConnected(true)
    await advanceTime(1)
    expect(attempts()).toBe(2)
  })

  it('starts none when the network is back while the app is in the background', async () => {
    const { phone, attempts } = await waitingApp()
    phone.goTo('background')
    phone.setConnected(false)
    phone.setConnected(true)
    await advanceTime(10 * minute)
    expect(attempts()).toBe(1)
    phone.goTo('active')
    await advanceTime(1)
    expect(attempts()).toBe(2)
  })

  it('is taken to have one while NetInfo does not know', async () => {
    const { state } = await openApp({}, createPhone({ isConnected: null }))
    expect(state().status).toBe('open')
  })
})

describe('the option "lifecycle"', () => {
  it('replaces the events of the page', async () => {
    const page = createPage()
    const { attempts } = await waitingApp()
    expect(page.count()).toBe(0)
    page.setOnline(false)
    await advanceTime(minute)
    expect(attempts()).toBe(2)
  })

  it('has listeners while the connection is active', async () => {
    const { phone, dispatch } = await openApp()
    expect(phone.listeners()).toBe(4)
    void dispatch(socketClose())
    await advanceTime(1)
    expect(phone.listeners()).toBe(0)
    void dispatch(socketConnect())
    await advanceTime(1)
    expect(phone.listeners()).toBe(4)
  })

  it('needs no isOnline', async () => {
    let resume = () => {}
    const store = setup({
      onPause: () => () => {},
      onResume: (call) => {
        resume = call
        return () => {}
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.network.last.cut()
    await advanceTime(1)
    resume()
    await advanceTime(1)
    expect(store.state().status).toBe('open')
  })

  it('is reported when one of its functions throws, and the connection goes on', async () => {
    const fail = () => {
      throw new Error('no')
    }
    const store = setup({ onPause: fail, onResume: fail, isOnline: fail })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.network.last.cut()
    await advanceTime(minute)
    expect(store.state().status).toBe('open')
    const problems = store.recorder.of(socketError).map(({ payload }) => payload.code)
    expect(problems).toContain('callback_failed')
    expect(Date.now()).toBeGreaterThan(START)
    takeCallbackErrors()
  })
})

inDevelopment(() => {
  it.each([
    [5, 'lifecycle'],
    [{ onPause: 5 }, 'onPause'],
    [{ onResume: () => () => {} }, 'onPause'],
    [{ onPause: () => () => {}, onResume: () => () => {}, onStop: () => {} }, 'onStop'],
  ])('a malformed lifecycle throws invalid_option: %j', (lifecycle, named) => {
    expect(() => create({ lifecycle: lifecycle as never })).toThrow(named)
    expect(() => create({ lifecycle: lifecycle as never })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})
