import { describe, expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { createTaskQueue } from '../../../src/internal/taskQueue.js'
import { setupStore } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'

const { connect, close } = createSocketActions()

useFakeTime()

describe('one error', () => {
  it('of a task does not stop the later tasks', () => {
    const taskQueue = createTaskQueue()
    const served: string[] = []
    expect(() =>
      taskQueue.run(() => {
        taskQueue.enqueue(() => {
          throw new Error('slip')
        })
        taskQueue.enqueue(() => served.push('the next in line'))
      }),
    ).toThrow('slip')
    taskQueue.enqueue(() => served.push('a later one'))
    expect(served).toEqual(['the next in line', 'a later one'])
  })

  it('of "toActions", an array with a hole, is reported, and the connection can be closed', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const store = setupStore({
      url: 'ws://server.test/ws',
      WebSocket: network.WebSocket,
      autoBatch: false,
      // As `[isNew && created(message)]` returns it.
      toActions: (message) => [message === 'quiet' ? null : undefined] as never,
    })
    void store.dispatch(connect())
    await advanceTime(1)
    // Called on the listener itself: what a listener of an EventTarget throws would reach Jest as an uncaught exception.
    network.last.sendRaw('"loud"')
    await advanceTime(1)
    void store.dispatch(close())
    await advanceTime(1)
    expect(store.state().status).toBe('closed')
  })
})
