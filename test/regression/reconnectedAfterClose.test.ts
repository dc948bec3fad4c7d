import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// `reconnected` says: open before, without a close in between. A connect that overtook its close forgot the close.

onFakeTime()

it.each([0, 1_000])('is false for the connect that follows a close by %i ms', async (ms) => {
  const engine = createEngine({ network: { mode: 'accept' } })
  await engine.open()
  engine.close()
  if (ms > 0) await pass(ms)
  engine.connect()
  await pass(1)
  expect(engine.of('opened').map(({ reconnected }) => reconnected)).toEqual([false, false])
})
