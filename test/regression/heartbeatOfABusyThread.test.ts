import { expect, it, jest } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// A thread that was busy past the deadline runs its late timers first and hears what came meanwhile after that (Node: timers come before
// polling). Only a timer that was late by more than the timeout got the benefit of the doubt.

onFakeTime()

it.each([100, 500, 1_000, 1_001, 60_000])(
  'a judgement that is %i ms late waits for what came meanwhile',
  async (late) => {
    const engine = createEngine({ heartbeat: { interval: 30_000, timeout: 1_000 } })
    await engine.open()
    engine.network.last.receive('pong')
    await pass(30_000)
    expect(engine.network.last.sent).toEqual(['ping', 'ping'])
    // The answer is in the machine, but the thread is busy.
    jest.setSystemTime(Date.now() + late)
    await pass(1_000)
    engine.network.last.receive('pong')
    engine.network.last.receive('pong')
    await pass(10_000)
    expect(engine.of('error')).toEqual([])
    expect(engine.network.sockets).toHaveLength(1)
  },
)
