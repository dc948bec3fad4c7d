import { expect, it } from '@jest/globals'
import { socketClose, socketConnect } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionTabs } from '../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

// The link of a connection that had ended was kept. One whose last `bye` had no answer made every later close of that tab wait for `closeTimeout`.
it('a tab that once held the connection closes at once as a follower', async () => {
  const { network, open, tabs } = await openSessionTabs(1, { closeTimeout: 5_000 })
  const [former] = tabs
  network.links.at(-1)!.silence()
  void former!.dispatch(socketClose())
  await advanceTime(6_000)
  expect(former!.state().status).toBe('closed')
  open()
  await advanceTime(500)
  void former!.dispatch(socketConnect())
  await advanceTime(500)
  expect(former!.state().status).toBe('open')
  void former!.dispatch(socketClose())
  await advanceTime(500)
  expect(former!.state().status).toBe('closed')
})
