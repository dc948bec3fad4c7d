import { expect, it } from '@jest/globals'
import { socketError, socketSend } from '../../src/index.js'
import { useFakeTime } from '../support/fakeTime.js'
import { setupOpenStore } from '../support/setupStore.js'

// A cycle was refused by the codec, and then once more when the reducers were to see it.

useFakeTime()

it('tells once that a cycle cannot be sent', async () => {
  const store = await setupOpenStore()
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  expect(store.dispatch(socketSend(cycle))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
  expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['encode_failed'])
})
