import { expect, it } from '@jest/globals'
import { socketError, socketSend } from '../../src/index.js'
import { openWorld, useFakeTime } from '../unit/middleware/harness.js'

// A cycle was refused by the codec, and then once more when the reducers were to see it.

useFakeTime()

it('tells once that a cycle cannot be sent', async () => {
  const world = await openWorld()
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  expect(world.dispatch(socketSend(cycle))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
  expect(world.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['encode_failed'])
})
