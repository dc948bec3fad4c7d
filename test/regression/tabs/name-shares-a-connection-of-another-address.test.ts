import { expect, it } from '@jest/globals'
import { socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openStore } from '../../support/tabs/tabStore.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

// With a name, the address did not count: a second connection of the app spoke to the server of the first one.

useFakeTime({ performance: true })

const urlsOf = async (name: () => string | undefined, ...urls: readonly string[]) => {
  const world = createTabWorld()
  const tab = world.open({ name })
  const stores = urls.map((url) => openStore(tab, { url }))
  await advanceTime(50)
  for (const [index, store] of stores.entries()) store.dispatch(socketSend(index))
  await advanceTime(50)
  return world.server.connections.map(({ received, url }) => [url, received])
}

it('another address is another connection, whatever the name', async () => {
  expect(await urlsOf(() => 'user 7', 'wss://a.example/chat', 'wss://b.example/prices')).toEqual([
    ['wss://a.example/chat', [0]],
    ['wss://b.example/prices', [1]],
  ])
})

it('another token in the query is the same connection with the same name', async () => {
  expect(await urlsOf(() => 'user 7', 'wss://a.example/chat?token=1', 'wss://a.example/chat?token=2')).toEqual([
    ['wss://a.example/chat?token=1', [0, 1]],
  ])
})

it.each([undefined, ''])('another query is another connection with the name %p', async (name) => {
  expect(await urlsOf(() => name, 'wss://a.example/chat?token=1', 'wss://a.example/chat?token=2')).toEqual([
    ['wss://a.example/chat?token=1', [0]],
    ['wss://a.example/chat?token=2', [1]],
  ])
})
