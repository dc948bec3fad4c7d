import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// A heartbeat that only listens took its start for the last question: every silence after that looked like a late timer and was forgiven once.

onFakeTime()

it('a heartbeat that only listens notices silence after interval + timeout, however long there was talk before', async () => {
  const engine = createEngine({ heartbeat: { interval: 10_000, timeout: 5_000, message: false } })
  await engine.open()
  for (let beat = 0; beat < 10; beat++) {
    // oxlint-disable-next-line no-await-in-loop
    await pass(10_000)
    engine.network.last.receive('beat')
  }
  await pass(14_999)
  expect(engine.of('error')).toEqual([])
  await pass(1)
  expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
})
