import { describe, expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection, type TestConnection } from '../../support/setupConnection.js'

// One question without an answer ended the latency of that socket, and after more than 16 of them nothing was proven to have arrived any more. A
// server under load may leave out an answer.

const beat = { interval: 10_000, timeout: 5_000 }

useFakeTime()

/** A server that sends all the time, and answers the questions that `answers` selects, counted from 1. */
const openTo = async (answers: (question: number) => boolean, after = 40): Promise<TestConnection> => {
  const connection = setupConnection({ heartbeat: beat })
  let questions = 0
  connection.network.onAttempt = (peer) => {
    peer.onReceived = (frame) => {
      if (frame !== 'ping') return
      setTimeout(() => peer.sendRaw('busy'), 1_000)
      if (answers(++questions)) setTimeout(() => peer.sendRaw('pong'), after)
    }
  }
  await connection.open()
  return connection
}

const latencies = (connection: TestConnection) =>
  connection.eventsOf('changed').flatMap(({ latency }) => (typeof latency === 'number' ? [latency] : []))

const doubtful = (connection: TestConnection) => connection.eventsOf('dropped').flatMap(({ ids }) => ids)

describe('a server that leaves out one answer', () => {
  it('gives a latency again after three answers, each the only one to its question', async () => {
    const connection = await openTo((question) => question !== 2)
    await advanceTime(1_000)
    expect(latencies(connection)).toEqual([40])
    await advanceTime(30_000)
    expect(latencies(connection)).toEqual([40])
    await advanceTime(10_000)
    expect(latencies(connection)).toEqual([40, 40])
    await advanceTime(20_000)
    expect(latencies(connection)).toEqual([40, 40, 40, 40])
    expect(connection.eventsOf('error')).toEqual([])
  })

  it('starts over when there is an answer too many: one was late, not missing', async () => {
    const connection = await openTo((question) => question !== 2 && question !== 3)
    await advanceTime(52_000)
    expect(latencies(connection)).toEqual([40, 40])
    connection.network.last.sendRaw('pong')
    await advanceTime(20_000)
    expect(latencies(connection)).toEqual([40, 40])
    await advanceTime(10_000)
    expect(latencies(connection)).toEqual([40, 40, 40])
  })

  it('gives none while there is a backlog before the questions', async () => {
    const connection = await openTo((question) => question !== 2)
    await advanceTime(1_000)
    const peer = connection.network.last
    peer.slow = true
    for (let second = 0; second < 60; second++) {
      connection.send('x'.repeat(10_000))
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(500)
      peer.read(9_000)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(500)
    }
    expect(connection.eventsOf('error')).toEqual([])
    expect(latencies(connection)).toEqual([40])
    peer.slow = false
    peer.read()
    // The question of second 60 had the backlog before it too: those of 70, 80 and 90 s count.
    await advanceTime(25_000)
    expect(latencies(connection)).toEqual([40])
    await advanceTime(5_000)
    expect(latencies(connection)).toEqual([40, 40])
  })

  it('still proves what arrived, one question behind', async () => {
    const connection = await openTo((question) => question !== 2)
    await advanceTime(35_000)
    connection.send('a', { id: 'a' })
    await advanceTime(10_000)
    connection.send('b', { id: 'b' })
    await advanceTime(10_000)
    connection.network.last.cut()
    await advanceTime(1)
    expect(doubtful(connection)).toEqual(['b'])
  })
})

describe('a server that left out many answers', () => {
  it.each([15, 16, 17, 40, 200])('still proves what arrived (%i questions)', async (many) => {
    const connection = await openTo((question) => question > many)
    await advanceTime(many * 10_000 + 5_000)
    connection.send('a', { id: 'a' })
    // As many answers as questions were left out, and as many again for those that were not kept apart.
    await advanceTime((2 * many + 1) * 10_000)
    connection.send('b', { id: 'b' })
    connection.network.last.cut()
    await advanceTime(1)
    expect(doubtful(connection)).toEqual(['b'])
    expect(latencies(connection).length).toBeGreaterThan(many)
  })

  it('proves nothing too early', async () => {
    const many = 40
    const connection = await openTo((question) => question > many)
    await advanceTime(many * 10_000 + 5_000)
    connection.send('a', { id: 'a' })
    // All answers could belong to the questions before.
    await advanceTime(many * 10_000 - 1)
    connection.network.last.cut()
    await advanceTime(1)
    expect(doubtful(connection)).toEqual(['a'])
  })
})
