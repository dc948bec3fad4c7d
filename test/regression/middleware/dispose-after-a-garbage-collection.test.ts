import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from '@jest/globals'
import { configureStore } from '@reduxjs/toolkit'
import { socketConnect, socketReducer } from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { createHeldServer } from '../../support/heldServer.js'
import { disposeAfterTest } from '../../support/leaks.js'

// An instance refers to the connections of its stores weakly, so that stores can be collected. The connection of a store that lived on was collected
// too: `dispose` closed nothing and `readBinary` found nothing.

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** WeakRefs keep their target until the end of the current task. */
const endTask = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

it('dispose closes the connections of stores that are still there, also after a garbage collection', async () => {
  const network = createHeldServer({ mode: 'accept' })
  const socket = createSocketMiddleware({ url: 'ws://a.example/ws', WebSocket: network.WebSocket })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  disposeAfterTest({ live: () => network.live })
  expect(await store.dispatch(socketConnect())).toBe('open')
  for (let pass = 0; pass < 3; pass++) {
    // oxlint-disable-next-line no-await-in-loop
    await endTask()
    collect()
  }
  socket.dispose()
  expect(network.live).toBe(0)
  expect(store.getState().socket['default']?.status).toBe('closed')
})
