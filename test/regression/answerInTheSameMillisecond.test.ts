import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// Life was told by comparing clocks in whole milliseconds: what came within the millisecond of the question, as everything does on the same
// machine, was not life. A server that answers every question but the first was given up.

onFakeTime()

it('an answer within the millisecond of its question is life, even when an earlier question was never answered', async () => {
  const engine = createEngine({ heartbeat: { interval: 10_000, timeout: 5_000 } })
  engine.network.onDial = (peer) => {
    peer.onSent = () => {
      // The first question comes too early for this server, which says something else meanwhile.
      if (peer.sent.length === 1) setTimeout(() => peer.receive('hello'), 1)
      else peer.receive('pong')
    }
  }
  await engine.open()
  await pass(60_000)
  expect(engine.of('error')).toEqual([])
  expect(engine.phase()).toBe('open')
  expect(engine.network.sockets).toHaveLength(1)
})

it('any frame within the millisecond of the question is life', async () => {
  const engine = createEngine({ heartbeat: { interval: 10_000, timeout: 5_000 } })
  engine.network.onDial = (peer) => {
    peer.onSent = () => peer.receive('what is a ping?')
  }
  await engine.open()
  await pass(60_000)
  expect(engine.of('error')).toEqual([])
  expect(engine.network.sockets).toHaveLength(1)
})
