import { createFakeServer, type FakeServer, type FakeServerOptions } from '../../src/testing/index.js'

/** Creates a fake server whose attempts wait, unless a mode is given. It chooses the first subprotocol that is offered, also that of a session. */
export const createHeldServer = (options: FakeServerOptions = {}): FakeServer =>
  createFakeServer({ mode: 'hold', protocol: ([first = '']) => first, ...options })
