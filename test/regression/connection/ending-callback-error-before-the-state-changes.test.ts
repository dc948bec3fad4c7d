import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { setupStore } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'

// The state changes before anything is emitted: an error of shouldReconnect or backoff was reported while the state still said `open` of a lost
// socket.

const { connect, error } = createSocketActions()

useFakeTime()

it.each(['shouldReconnect', 'backoff'])(
  'an error of %s is reported when the state is not open any more',
  async (callback) => {
    const network = createHeldServer({ mode: 'accept' })
    const fail = () => {
      throw new Error('slip')
    }
    const store = setupStore({
      url: 'ws://server.test/ws',
      WebSocket: network.WebSocket,
      reconnect: { [callback]: fail },
    })
    void store.dispatch(connect())
    await advanceTime(1)
    const reports: string[] = []
    store.store.subscribe(() => {
      if (store.recorder.types.at(-1) === error.type) reports.push(store.state().status)
    })
    network.last.cut()
    await advanceTime(1)
    expect(reports).toEqual(['reconnecting'])
  },
)
