import { expect, it } from '@jest/globals'
import { socketError, socketSend } from '../../../src/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// The codec refused a cycle, and then the conversion for the reducers did it again.

useFakeTime()

it('a send that contains itself is one error', async () => {
  const store = await setupOpenStore()
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  expect(store.dispatch(socketSend(cycle))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
  expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['encode_failed'])
})
