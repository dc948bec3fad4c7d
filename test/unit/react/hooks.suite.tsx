import { version } from 'react'
import { afterEach, describe, expect, it } from '@jest/globals'
import { unmountAll } from '../../support/reactApp.js'
import { describeCountdown } from './countdown.suite.js'
import { describeConnection } from './connection.suite.js'
import { describeMessages } from './messages.suite.js'
import { describeIsLost } from './isLost.suite.js'
import { describeHydration } from './hydration.suite.js'
import { describeSession } from './session.suite.js'
import { describeSocket } from './socket.suite.js'
import { describeSubscriptions } from './subscriptions.suite.js'

/** All suites of the hooks, under the installed React. */
export const describeHooks = (major: '18' | '19'): void =>
  describe(`under React ${major}`, () => {
    afterEach(unmountAll)

    it('uses that version', () => {
      expect(version.split('.')[0]).toBe(major)
    })
    describeSocket()
    describeMessages()
    describeSubscriptions()
    describeConnection()
    describeCountdown()
    describeIsLost()
    describeHydration()
    describeSession()
  })
