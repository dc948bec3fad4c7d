import { expect, it, jest } from '@jest/globals'

// The factory as an app gets it: the default features, and nothing that the demo does not name in `.with(…)`.
jest.mock('../../src/full.js', () => jest.requireActual('../../src/features/index.js'))

it('the store of the demo names every feature that its options need', async () => {
  const { socket } = await import('../../demo/src/store.js')

  expect(socket.readBinary('unknown')).toBeUndefined()
})
