import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// "Dials at once after a missed heartbeat" overruled a `shouldReconnect` that said when.

onFakeTime()

it('shouldReconnect says how long to wait, also after a missed heartbeat', async () => {
  const engine = createEngine({
    heartbeat: { interval: 10_000, timeout: 5_000 },
    reconnect: { shouldReconnect: () => ({ delay: 7_000 }) },
  })
  await engine.open()
  engine.network.last.receive('pong')
  await pass(15_000)
  expect(engine.of('reconnecting').map(({ delay }) => delay)).toEqual([7_000])
})
