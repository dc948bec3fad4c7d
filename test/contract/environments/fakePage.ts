import { cases } from '../cases.js'
import { runCase, storeOptionsIn, type Environment } from '../environment.js'
import { facts } from '../facts.js'
import { buildStore, type BuiltStore } from '../../support/buildStore.js'
import { createFakeControl } from './fakeControl.js'

// The entry of the bundle that runs in a browser: the fake WebSocket there, with the browser's events, Blobs and urls.

const run = async (name: string): Promise<void> => {
  const found = [...cases, ...facts].find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no case is called '${name}'`)
  const { network, control, snapshot } = createFakeControl()
  const Class = network.WebSocket as object as typeof WebSocket
  const stores: BuiltStore[] = []
  const createStore: Environment['createStore'] = (options) => {
    const store = buildStore(storeOptionsIn('ws://fake.example', Class, options))
    stores.push(store)
    return store
  }
  try {
    await runCase(found, {
      environment: {
        runtime: 'fake',
        WebSocket: Class,
        url: 'ws://fake.example',
        server: control,
        createStore,
      },
      report: () => JSON.stringify(snapshot()),
    })
  } finally {
    for (const { socket } of stores) socket.dispose()
  }
}

Object.assign(globalThis, {
  /** Returns the names of the cases that fail, each with what failed. */
  runAll: async (names: readonly string[]): Promise<string[]> => {
    const failed: string[] = []
    for (const name of names) {
      // One after the other, as they are timed.
      // oxlint-disable-next-line no-await-in-loop
      await run(name).catch((error: unknown) => failed.push(`${name}: ${String(error)}`))
    }
    return failed
  },
})
