import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// With a timeout of minUptime or more, every socket to a server that never answers pings counted as one that had held: the count of retries began
// anew each time, and `maxRetries` was never reached.

onFakeTime()

it('a server that never answers a ping uses the retries up', async () => {
  const engine = createEngine({
    network: { mode: 'accept' },
    heartbeat: { interval: 5_000, timeout: 5_000 },
    reconnect: { maxRetries: 2, minUptime: 5_000 },
  })
  engine.connect()
  await pass(120_000)
  expect(engine.phase()).toBe('failed')
  expect(engine.network.sockets).toHaveLength(3)
})

it('one that only listens to a server that has talked dials at once when it falls silent, and reports nothing that it cannot know', async () => {
  const engine = createEngine({
    network: { mode: 'accept' },
    heartbeat: { interval: 1_000, timeout: 1_000, message: false },
    reconnect: { backoff: () => 60_000 },
  })
  engine.connect()
  await pass(1)
  engine.send('hello')
  engine.network.last.receive('tick')
  await pass(2_100)
  expect(engine.network.sockets).toHaveLength(2)
  expect(engine.of('dropped')).toEqual([])
})
