import type { FakeServerOptions } from '../../../src/testing/index.js'
import type { Opened } from '../environment.js'
import { createFakeControl } from './fakeControl.js'
import { openEnvironment } from './openEnvironment.js'

/** Opens the fake with a scripted server. */
export const openFakeEnvironment = async (options: FakeServerOptions = {}): Promise<Opened> => {
  const { network, control, snapshot } = createFakeControl(options)
  return openEnvironment({
    runtime: 'fake',
    WebSocket: network.WebSocket as object as typeof WebSocket,
    url: 'ws://fake.example',
    server: control,
    snapshot,
    // A case on the class itself leaves its socket open.
    close: () => network.connections.forEach((peer) => peer.cut()),
  })
}
