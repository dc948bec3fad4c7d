import { describe, expect, it, jest } from '@jest/globals'
import { socketConnecting, socketReconnecting } from '../../../src/index.js'
import { useReconnectCountdown } from '../../../src/react/index.js'
import { happens, mount } from '../../support/reactApp.js'
import { advance, createEventStore, useFakeClock } from './fakeClock.js'

let renders = 0
const Countdown = () => {
  renders++
  return String(useReconnectCountdown())
}

export const describeCountdown = (): void =>
  describe('useReconnectCountdown', () => {
    useFakeClock(() => {
      renders = 0
    })

    const waiting = async (delay: number) => {
      const store = createEventStore()
      const { dispatch } = store
      const app = await mount(store, <Countdown />, false)
      await happens(() =>
        dispatch(socketReconnecting({ attempt: 1, delay, retryAt: Date.now() + delay, at: Date.now() })),
      )
      return { app, dispatch }
    }

    it('returns the whole seconds that are left, each exactly when it is due', async () => {
      const { app } = await waiting(2_500)
      expect(app.text()).toBe('3')
      await advance(499)
      expect(app.text()).toBe('3')
      await advance(1)
      expect(app.text()).toBe('2')
      await advance(1_000)
      expect(app.text()).toBe('1')
      await advance(999)
      expect(app.text()).toBe('1')
      await advance(1)
      expect(app.text()).toBe('0')
      // Once at the start, once for the event, once a second.
      expect(renders).toBe(5)
    })

    it('ticks only while an attempt is due', async () => {
      const { app, dispatch } = await waiting(2_000)
      await happens(() => dispatch(socketConnecting({ attempt: 1, url: 'ws://x/' })))
      expect([app.text(), jest.getTimerCount()]).toEqual(['null', 0])
      await happens(() =>
        dispatch(socketReconnecting({ attempt: 2, delay: 1_000, retryAt: Date.now() + 1_000, at: Date.now() })),
      )
      await advance(5_000)
      expect([app.text(), jest.getTimerCount()]).toEqual(['0', 0])
    })

    it('is null, and sets no timer, while no attempt is due', async () => {
      const { app, dispatch } = await waiting(2_000)
      await happens(() => dispatch(socketReconnecting({ attempt: 1, delay: null, retryAt: null, at: Date.now() })))
      expect([app.text(), jest.getTimerCount()]).toEqual(['null', 0])
    })

    it('starts over when the next attempt is postponed', async () => {
      const { app, dispatch } = await waiting(2_000)
      await happens(() =>
        dispatch(socketReconnecting({ attempt: 2, delay: 9_500, retryAt: Date.now() + 9_500, at: Date.now() })),
      )
      expect(app.text()).toBe('10')
      await advance(500)
      expect(app.text()).toBe('9')
    })

    it('goes on after a timer that fired early by the clock', async () => {
      const { app } = await waiting(2_000)
      jest.setSystemTime(Date.now() - 5)
      await advance(1_000)
      expect(app.text()).toBe('2')
      await advance(5)
      expect(app.text()).toBe('1')
    })

    it('leaves no timer behind', async () => {
      const { app } = await waiting(60_000)
      expect(jest.getTimerCount()).toBe(1)
      await app.unmount()
      expect(jest.getTimerCount()).toBe(0)
    })
  })
