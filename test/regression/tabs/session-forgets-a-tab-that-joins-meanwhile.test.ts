import { describe, expect, it } from '@jest/globals'
import { socketClose } from '../../../src/index.js'
import { findOthers } from '../../../src/tabs/session/peers.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionTabs } from '../../support/tabs/sessionTabs.js'

// The answer of the browser may be older than the note of a tab that joins: a holder that was left then ended the session which that tab used.

useFakeTime({ performance: true })

const ask = () => {
  const others = new Set(['key:tab:crashed'])
  let resolve: (answer: object) => void = () => {}
  const answered = new Promise<object>((settle) => {
    resolve = settle
  })
  const tab = { platform: { locks: { query: async () => await answered } } }
  const found = findOthers({ key: 'key', name: 'key:tab:own', others, tab } as never)
  return { found, others, resolve }
}

describe('the other tabs of a shared session', () => {
  it('include one that has joined while the browser was asked, and none that has crashed', async () => {
    const { found, others, resolve } = ask()
    others.add('key:tab:joined')
    resolve({ held: [{ name: 'key:tab:own' }, { name: 'key:tab:old' }], pending: [{ name: 'other:tab:1' }] })
    await found
    expect([...others].toSorted()).toEqual(['key:tab:joined', 'key:tab:old'])
  })

  it('do not keep the session when they have crashed before the last one closes the connection', async () => {
    const { network, tabs } = await openSessionTabs(2)
    tabs[1]!.tab.crash()
    await advanceTime(500)
    void tabs[0]!.dispatch(socketClose())
    await advanceTime(1_000)
    expect(network.server.connections.size).toBe(0)
  })
})
