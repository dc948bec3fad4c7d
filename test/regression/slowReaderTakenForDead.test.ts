import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// A peer that reads slowly answers late, for the question stands behind what is buffered. "It gets less" was judged by two looks at the buffer, which
// is filled again between them as long as there is something to send: a reader that took a megabyte in between looked dead.

onFakeTime()

it('a peer that goes on reading is alive, also when the app fills the buffer up again', async () => {
  const engine = createEngine({
    network: { slow: true },
    heartbeat: { interval: 1_000, timeout: 1_000 },
    queue: { maxMessages: Infinity, maxBytes: Infinity, highWaterMark: 100_000 },
  })
  await engine.open()
  const peer = engine.network.last
  peer.onSent = (frame) => {
    if (frame === 'ping') peer.receive('pong')
  }
  for (let n = 0; n < 1_000; n++) engine.send('x'.repeat(10_000))
  // 40 kB a second: an answer takes two seconds and more.
  for (let tick = 0; tick < 300; tick++) {
    // oxlint-disable-next-line no-await-in-loop
    await pass(100)
    peer.read(4_000)
  }
  expect(engine.of('error')).toEqual([])
  expect(engine.network.sockets).toHaveLength(1)
})
