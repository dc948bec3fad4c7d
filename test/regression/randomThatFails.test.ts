import { describe, expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// When the backoff fails, the default one takes its place: with the very `random` that may have been at fault, and unguarded.

const boundlessly = (_attempt: number, { random }: { random: () => number }) => 1_000 * random()

onFakeTime()

describe('a reconnect.random that', () => {
  it('throws is reported, and the connection goes on', async () => {
    const random = () => {
      throw new Error('no entropy')
    }
    const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { random, backoff: boundlessly } })
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(engine.of('error')).toContainEqual(expect.objectContaining({ code: 'callback_failed' }))
    engine.network.mode = 'accept'
    await pass(30_000)
    expect(engine.phase()).toBe('open')
  })

  it.each([NaN, -1, -Infinity])('gives %p does not make the server drown in dials', async (number) => {
    const engine = createEngine({
      network: { mode: 'refuse' },
      reconnect: { random: () => number, backoff: boundlessly },
    })
    engine.connect()
    await pass(1_000)
    expect(engine.network.sockets.length).toBeLessThan(10)
    expect(engine.of('reconnecting').every(({ delay }) => delay !== null && delay >= 0)).toBe(true)
  })
})
