import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// Bytes that drain count as life, however few: behind a slow link even a small backlog keeps the question waiting past its deadline.

onFakeTime()

it('a small backlog that drains slowly is life, too', async () => {
  const engine = createEngine({ network: { slow: true }, heartbeat: { interval: 10_000, timeout: 5_000 } })
  await engine.open()
  const peer = engine.network.last
  peer.read()
  peer.receive('pong')
  await pass(9_000)
  engine.send('x'.repeat(50_000))
  for (let second = 0; second < 20; second++) {
    // oxlint-disable-next-line no-await-in-loop
    await pass(1_000)
    peer.read(2_000)
  }
  expect(engine.of('error')).toEqual([])
  expect(engine.phase()).toBe('open')
})
