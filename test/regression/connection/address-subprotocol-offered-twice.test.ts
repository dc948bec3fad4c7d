import { expect, it } from '@jest/globals'
import { json, type Codec } from '../../../src/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// An app that already offered the subprotocol of its codec offered it twice once it gave a list of codecs: a WebSocket throws for that, and the
// connection failed for good.

useFakeTime()

it('a subprotocol is offered once when the app offers it too', async () => {
  const other: Codec = { ...json(), subprotocol: 'other' }
  const store = await setupOpenStore({ codecs: [json(), other], protocols: ['json', 'v2'] })
  expect(store.state().status).toBe('open')
  expect(store.network.last.offered).toEqual(['json', 'other', 'v2'])
})

it('a subprotocol is offered once when two codecs have it', async () => {
  const store = await setupOpenStore({ codecs: [json(), json({ binary: true })] })
  expect(store.state().status).toBe('open')
  expect(store.network.last.offered).toEqual(['json'])
})
