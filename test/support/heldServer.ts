import { createFakeServer, type FakeServer, type FakeServerOptions } from '../../src/testing/index.js'

/** Creates a fake server whose attempts wait, unless a mode is given. */
export const createHeldServer = (options: FakeServerOptions = {}): FakeServer =>
  createFakeServer({ mode: 'hold', ...options })
