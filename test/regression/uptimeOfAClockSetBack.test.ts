import { describe, expect, it, jest } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// Whether a connection had held for `minUptime` was asked of the clock alone: after one had been set back, no uptime gave the retries back.

const hour = 3_600_000

onFakeTime()

const setClock = (ms: number) => jest.setSystemTime(Date.now() + ms)

describe('a clock that was set back by an hour', () => {
  it.each([
    [4_900, 2],
    [5_100, 1],
    [600_000, 1],
  ])('after an uptime of %i ms the next retry is number %i', async (uptime, attempt) => {
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { minUptime: 5_000 } })
    await engine.open()
    engine.network.last.drop()
    await pass(1_001)
    expect(engine.phase()).toBe('open')
    setClock(-hour)
    await pass(uptime)
    engine.network.last.drop()
    await pass(1)
    expect(engine.of('reconnecting').map((event) => event.attempt)).toEqual([1, attempt])
  })

  it('does not keep a connection from asking for fresh credentials again', async () => {
    const url = () => 'ws://server.test/ws'
    const engine = createEngine({ network: { mode: 'accept' }, address: { url }, reconnect: { minUptime: 5_000 } })
    await engine.open()
    engine.network.last.serverClose(4401)
    await pass(1_001)
    setClock(-hour)
    await pass(6_000)
    engine.network.last.serverClose(4401)
    await pass(1_001)
    expect(engine.phase()).toBe('open')
  })
})

describe('a machine that slept over its uptime', () => {
  it('has its retries back, also when the loss is the first that it hears of', async () => {
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { minUptime: 60_000 } })
    await engine.open()
    engine.network.last.drop()
    await pass(2_000)
    setClock(hour)
    engine.network.last.drop()
    await pass(1)
    expect(engine.of('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 1])
  })
})

describe('the wait for it', () => {
  it.each(['close', 'drop', 'dispose'] as const)('leaves no timer behind: %s', async (how) => {
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { maxRetries: 1, minUptime: hour } })
    await engine.open()
    await pass(1)
    expect(jest.getTimerCount()).toBe(0)
    engine.network.last.drop()
    await pass(1_100)
    expect(jest.getTimerCount()).toBe(1)
    if (how === 'drop') engine.network.last.drop()
    else engine[how]()
    await pass(17)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('is of one socket: the uptimes of two do not add up', async () => {
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { minUptime: 5_000 } })
    await engine.open()
    for (let n = 0; n < 3; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await pass(3_000)
      engine.network.last.drop()
      // oxlint-disable-next-line no-await-in-loop
      await pass(1_001)
    }
    expect(engine.of('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })
})
