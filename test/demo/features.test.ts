import { expect, it } from '@jest/globals'

it('the store of the demo names every feature that its options need', async () => {
  const { socket } = await import('../../demo/src/store.js')

  expect(socket.readBinary('unknown')).toBeUndefined()
})
