import { expect, it, jest } from '@jest/globals'

// The factory with the default features only. `virtual`: the mock is without effect when the package exports this factory itself.
jest.mock('../../src/full.js', () => jest.requireActual('../../src/features/index.js'), { virtual: true })

it('the store of the demo names every feature that its options need', async () => {
  const { socket } = await import('../../demo/src/store.js')

  expect(socket.readBinary('unknown')).toBeUndefined()
})
