import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// Only calls of `send` counted as traffic: a connection that was still draining what it had been given was closed as idle, and cut off when the
// peer could not read the rest within closeTimeout.

onFakeTime()

it('a connection that is still sending what it was given is not idle', async () => {
  const engine = createEngine({ network: { slow: true }, idleTimeout: 5_000, queue: { highWaterMark: 1_000 } })
  await engine.open()
  const peer = engine.network.last
  for (let n = 0; n < 100; n++) engine.send('x'.repeat(100))
  for (let second = 0; second < 100; second++) {
    // oxlint-disable-next-line no-await-in-loop
    await pass(1_000)
    peer.read(100)
  }
  expect(peer.sent).toHaveLength(100)
  expect(engine.of('closed')).toEqual([])
  await pass(10_000)
  peer.read()
  await pass()
  expect(engine.phase()).toBe('closed')
})
