import { describe, expect, it } from '@jest/globals'
import { socketReconnect } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionTab, openSessionTabs } from '../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

describe('a page that is frozen while its next socket waits for the end of the last one', () => {
  // That socket had no hub yet, so the freeze did not close it. Its session did not listen again, and nothing answered its `hello`.
  it.each([1, 2])('gets its session again when it wakes, as one of %i tabs', async (count) => {
    const { network, say, tabs } = await openSessionTabs(count)
    const [{ dispatch, payloadsOf, said, tab, verdicts }] = tabs as [(typeof tabs)[0]]
    tab.run(() => void dispatch(socketReconnect()))
    await advanceTime(0)
    tab.emit('freeze')
    await advanceTime(500)
    tab.emit('resume')
    await advanceTime(1_000)
    say('after')
    await advanceTime(100)
    expect(payloadsOf('socket/error')).toEqual([])
    expect(verdicts()).toEqual(['new', 'resumed'])
    expect(said()).toEqual(['after'])
    expect(network.live()).toBe(1)
  })

  // The store took the server for one without sessions.
  it('gets a session when it wakes and had none before', async () => {
    const { say, world } = await openSessionTabs(0)
    const { dispatch, dispose, payloadsOf, said, tab, verdicts } = openSessionTab(world.open())
    // Its connection is open, and has no answer to `hello` yet.
    await advanceTime(4)
    tab.run(() => void dispatch(socketReconnect()))
    await advanceTime(0)
    tab.emit('freeze')
    tab.emit('resume')
    await advanceTime(30_000)
    say('after')
    await advanceTime(100)
    expect(payloadsOf('socket/error')).toEqual([])
    expect(verdicts()).toEqual(['new'])
    expect(said()).toEqual(['after'])
    dispose()
    await advanceTime(1_000)
  })
})
