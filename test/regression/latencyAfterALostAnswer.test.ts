import { describe, expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass, type Engine } from '../unit/socket/engine.js'

// One question that was never answered ended the measuring of latency for that socket, and once more than 16 had been, nothing was proven to have
// arrived any more. A server under load may well leave a question out.

const beat = { interval: 10_000, timeout: 5_000 }

onFakeTime()

/** A server that talks all the time, and answers the questions that `answers` says, counted from 1. */
const openTo = async (answers: (question: number) => boolean, after = 40): Promise<Engine> => {
  const engine = createEngine({ heartbeat: beat })
  let asked = 0
  engine.network.onDial = (peer) => {
    peer.onSent = (frame) => {
      if (frame !== 'ping') return
      setTimeout(() => peer.receive('busy'), 1_000)
      if (answers(++asked)) setTimeout(() => peer.receive('pong'), after)
    }
  }
  await engine.open()
  return engine
}

const latencies = (engine: Engine) =>
  engine.of('changed').flatMap(({ latency }) => (typeof latency === 'number' ? [latency] : []))

const doubtful = (engine: Engine) => engine.of('dropped').flatMap(({ ids }) => ids)

describe('a server that leaves one question out', () => {
  it('has a latency again after three answers, each the only one to its question', async () => {
    const engine = await openTo((question) => question !== 2)
    await pass(1_000)
    expect(latencies(engine)).toEqual([40])
    await pass(30_000)
    expect(latencies(engine)).toEqual([40])
    await pass(10_000)
    expect(latencies(engine)).toEqual([40, 40])
    await pass(20_000)
    expect(latencies(engine)).toEqual([40, 40, 40, 40])
    expect(engine.of('error')).toEqual([])
  })

  it('starts over when there is an answer too many: one was late, not lost', async () => {
    const engine = await openTo((question) => question !== 2 && question !== 3)
    await pass(52_000)
    expect(latencies(engine)).toEqual([40, 40])
    engine.network.last.receive('pong')
    await pass(20_000)
    expect(latencies(engine)).toEqual([40, 40])
    await pass(10_000)
    expect(latencies(engine)).toEqual([40, 40, 40])
  })

  it('has none while there is a backlog, behind which the questions stand', async () => {
    const engine = await openTo((question) => question !== 2)
    await pass(1_000)
    const peer = engine.network.last
    peer.slow = true
    for (let second = 0; second < 60; second++) {
      engine.send('x'.repeat(10_000))
      // oxlint-disable-next-line no-await-in-loop
      await pass(500)
      peer.read(9_000)
      // oxlint-disable-next-line no-await-in-loop
      await pass(500)
    }
    expect(engine.of('error')).toEqual([])
    expect(latencies(engine)).toEqual([40])
    peer.slow = false
    peer.read()
    // The question of a minute had it before it, too: those at 70, 80 and 90 s count.
    await pass(25_000)
    expect(latencies(engine)).toEqual([40])
    await pass(5_000)
    expect(latencies(engine)).toEqual([40, 40])
  })

  it('goes on proving, one question behind', async () => {
    const engine = await openTo((question) => question !== 2)
    await pass(35_000)
    engine.send('a', { id: 'a' })
    await pass(10_000)
    engine.send('b', { id: 'b' })
    await pass(10_000)
    engine.network.last.drop()
    await pass(1)
    expect(doubtful(engine)).toEqual(['b'])
  })
})

describe('a server that left many questions out', () => {
  it.each([15, 16, 17, 40, 200])('goes on proving what arrived (%i questions)', async (many) => {
    const engine = await openTo((question) => question > many)
    await pass(many * 10_000 + 5_000)
    engine.send('a', { id: 'a' })
    // As many answers as questions were left out, and as many again for what was not remembered of each.
    await pass((2 * many + 1) * 10_000)
    engine.send('b', { id: 'b' })
    engine.network.last.drop()
    await pass(1)
    expect(doubtful(engine)).toEqual(['b'])
    expect(latencies(engine).length).toBeGreaterThan(many)
  })

  it('proves nothing too early', async () => {
    const many = 40
    const engine = await openTo((question) => question > many)
    await pass(many * 10_000 + 5_000)
    engine.send('a', { id: 'a' })
    // The answers could all be those of the questions before.
    await pass(many * 10_000 - 1)
    engine.network.last.drop()
    await pass(1)
    expect(doubtful(engine)).toEqual(['a'])
  })
})
