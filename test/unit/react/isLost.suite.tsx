import { describe, expect, it, jest } from '@jest/globals'
import { socketClosed, socketOpened, socketReconnecting } from '../../../src/index.js'
import { useIsLost, type UseIsLostOptions } from '../../../src/react/index.js'
import { happens, mount } from '../../support/reactApp.js'
import { advance, createEventStore, useFakeClock } from './fakeClock.js'

let renders = 0
const Banner = ({ options }: { readonly options?: UseIsLostOptions | undefined }) => {
  renders++
  return String(useIsLost(options))
}

const close = { code: 1006, reason: '', wasClean: false }
const url = 'ws://x/'

export const describeIsLost = (): void =>
  describe('useIsLost', () => {
    useFakeClock(() => {
      renders = 0
    })

    /** A component of a connection that is lost now. */
    const lost = async (options?: UseIsLostOptions) => {
      const store = createEventStore()
      const { dispatch } = store
      const app = await mount(store, <Banner options={options} />, false)
      expect(app.text()).toBe('false')
      await happens(() => dispatch(socketClosed({ ...close, at: Date.now(), next: 'reconnecting' })))
      const attemptFails = async () => {
        const at = Date.now()
        await happens(() => dispatch(socketReconnecting({ attempt: 1, delay: 10, retryAt: at + 10, at })))
      }
      const opens = async () => {
        const at = Date.now()
        await happens(() => dispatch(socketOpened({ url, protocol: '', reconnected: true, at })))
      }
      return { app, dispatch, attemptFails, opens }
    }

    it('becomes true exactly after three seconds, whatever the attempts do', async () => {
      const { app, attemptFails } = await lost()
      await advance(2_000)
      await attemptFails()
      await advance(999)
      expect(app.text()).toBe('false')
      await advance(1)
      expect(app.text()).toBe('true')
      await attemptFails()
      await advance(10_000)
      expect([app.text(), jest.getTimerCount()]).toEqual(['true', 0])
      // At the start, for the loss, and for the time that has passed: attempts render nothing.
      expect(renders).toBe(3)
    })

    it('stays false over an interruption that is shorter, and leaves no timer', async () => {
      const { app, opens } = await lost()
      await advance(2_999)
      await opens()
      expect([app.text(), jest.getTimerCount()]).toEqual(['false', 0])
      await advance(10_000)
      expect(app.text()).toBe('false')
    })

    it('becomes false when the connection is open, and true again after the next loss', async () => {
      const { app, dispatch, opens } = await lost()
      await advance(3_000)
      await opens()
      expect(app.text()).toBe('false')
      await happens(() => dispatch(socketClosed({ ...close, at: Date.now(), next: 'reconnecting' })))
      expect(app.text()).toBe('false')
      await advance(3_000)
      expect(app.text()).toBe('true')
    })

    it('takes the time from the option "after"', async () => {
      const { app } = await lost({ after: 500 })
      await advance(499)
      expect(app.text()).toBe('false')
      await advance(1)
      expect(app.text()).toBe('true')
    })

    it('becomes true in time when the clock is set back', async () => {
      const { app } = await lost()
      jest.setSystemTime(Date.now() - 3_600_000)
      await advance(3_000)
      expect(app.text()).toBe('true')
    })

    it('becomes false when the connection is closed', async () => {
      const { app, dispatch } = await lost()
      await advance(3_000)
      await happens(() => dispatch(socketClosed({ ...close, at: Date.now(), next: 'closed' })))
      expect(app.text()).toBe('false')
    })

    it('leaves no timer behind', async () => {
      const { app } = await lost()
      expect(jest.getTimerCount()).toBe(1)
      await app.unmount()
      expect(jest.getTimerCount()).toBe(0)
    })
  })
