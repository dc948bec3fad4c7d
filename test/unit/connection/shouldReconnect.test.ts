import { describe, expect, it } from '@jest/globals'
import type { AttemptContext, ReconnectOptions } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { sentence } from '../../support/mode.js'
import { setupConnection, type TestConnection } from '../../support/setupConnection.js'

useFakeTime()

type Decide = NonNullable<ReconnectOptions['shouldReconnect']>

/** An open connection whose params come from a function. */
const setup = async (shouldReconnect?: Decide, reconnect?: ReconnectOptions) => {
  const reasons: AttemptContext['reason'][] = []
  const connection = setupConnection({
    network: { mode: 'accept' },
    address: {
      url: 'ws://server.test/ws',
      params: ({ reason }) => {
        reasons.push(reason)
        return {}
      },
    },
    reconnect: { ...(shouldReconnect && { shouldReconnect }), ...reconnect },
  })
  connection.connect()
  await advanceTime(1)
  return { connection, reasons }
}

/** The phase right after a loss. `null` cuts the connection. */
const lose = async ({ network, phase }: TestConnection, code: number | null) => {
  if (code === null) network.last.cut()
  else network.last.close(code)
  await advanceTime(1)
  return phase()
}

const failures = (connection: TestConnection) =>
  connection.eventsOf('failed').map(({ code, message }) => ({ code, message }))

describe('shouldReconnect', () => {
  it.each<[decision: unknown, code: number | null, phase: string]>([
    [true, 1000, 'reconnecting'],
    [true, 1008, 'reconnecting'],
    [false, 1006, 'failed'],
    [false, 1000, 'closed'],
    [false, null, 'failed'],
    [{ delay: 10 }, 4403, 'reconnecting'],
    ['refresh', 1006, 'reconnecting'],
    ['refresh', 4403, 'reconnecting'],
  ])('that returns %j overrides the table after the close code %p: %s', async (decision, code, phase) => {
    const { connection } = await setup(() => decision as ReturnType<Decide>)
    expect(await lose(connection, code)).toBe(phase)
  })

  it.each<[code: number | null, phase: string, reason: string | undefined]>([
    [1000, 'closed', undefined],
    [1001, 'reconnecting', 'retry'],
    [null, 'reconnecting', 'retry'],
    [1008, 'failed', undefined],
    [3000, 'reconnecting', 'refresh'],
    [3003, 'failed', undefined],
    [4401, 'reconnecting', 'refresh'],
    [4403, 'failed', undefined],
  ])('that returns undefined or null leaves it to the table: %p is followed by %s', async (code, phase, reason) => {
    for (const decision of [undefined, null]) {
      const { connection, reasons } = await setup(() => decision as undefined)
      expect(await lose(connection, code)).toBe(phase)
      await advanceTime(1_000)
      expect(reasons[1]).toBe(reason)
      connection.dispose()
    }
  })

  it('that returns a delay sets the time of the retry', async () => {
    const { connection } = await setup(() => ({ delay: 7_000 }))
    await lose(connection, 1006)
    await advanceTime(6_998)
    expect(connection.network.connections).toHaveLength(1)
    await advanceTime(1)
    expect(connection.network.connections).toHaveLength(2)
  })

  it.each([{ delay: NaN }, { delay: -1 }, {}, { delay: '5' }])(
    'that returns %p retries after the backoff',
    async (decision) => {
      const { connection } = await setup(() => decision as { delay: number })
      await lose(connection, 1000)
      await advanceTime(998)
      expect(connection.network.connections).toHaveLength(1)
      await advanceTime(1)
      expect(connection.network.connections).toHaveLength(2)
    },
  )

  it('that throws leaves it to the table, and is reported', async () => {
    const { connection } = await setup(() => {
      throw new Error('no')
    })
    expect(await lose(connection, 1008)).toBe('failed')
    expect(connection.eventsOf('error')).toEqual([
      { type: 'error', code: 'callback_failed', message: 'reconnect.shouldReconnect threw: no' },
    ])
  })

  it('is called once for each lost socket, with the facts of the close', async () => {
    const calls: unknown[] = []
    const { connection } = await setup((closed) => void calls.push(closed))
    await lose(connection, 1012)
    connection.network.mode = 'refuse'
    await advanceTime(1_500)
    expect(calls).toEqual([
      { code: 1012, reason: '', wasClean: true, opened: true, attempt: 1 },
      { code: 1006, reason: '', wasClean: false, opened: false, attempt: 2 },
    ])
  })
})

describe('fresh credentials', () => {
  const ways: [how: string, code: number, decide: Decide | undefined][] = [
    ['the code 4401', 4401, undefined],
    ['the code 3000', 3000, undefined],
    ["shouldReconnect that returns 'refresh'", 4499, () => 'refresh'],
  ]

  it.each(ways)('are asked for once after %s; a second such close in a row fails', async (_how, code, decide) => {
    const { connection, reasons } = await setup(decide)
    await lose(connection, code)
    await advanceTime(1_000)
    expect([connection.phase(), reasons]).toEqual(['open', ['connect', 'refresh']])
    expect(await lose(connection, code)).toBe('failed')
    expect(failures(connection)).toEqual([{ code: 'stopped', message: sentence(/^The connection closed with \d+/) }])
    await advanceTime(60_000)
    expect(reasons).toEqual(['connect', 'refresh'])
  })

  it.each(ways)('are asked for again once the connection was up for minUptime: %s', async (_how, code, decide) => {
    const { connection, reasons } = await setup(decide, { minUptime: 5_000 })
    for (let round = 0; round < 3; round++) {
      // oxlint-disable-next-line no-await-in-loop
      await lose(connection, code)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(10_000)
    }
    expect([connection.phase(), reasons]).toEqual(['open', ['connect', 'refresh', 'refresh', 'refresh']])
  })

  it.each(ways)('need a function in the address; without one the connection fails: %s', async (_how, code, decide) => {
    const connection = setupConnection({
      network: { mode: 'accept' },
      reconnect: decide ? { shouldReconnect: decide } : {},
    })
    connection.connect()
    await advanceTime(1)
    expect(await lose(connection, code)).toBe('failed')
  })
})

describe('the code 3003', () => {
  it('stops: the server says that this client may not connect', async () => {
    const { connection } = await setup()
    expect(await lose(connection, 3003)).toBe('failed')
    expect(failures(connection)).toEqual([{ code: 'stopped', message: sentence(/3003 \(forbidden\)/) }])
  })
})
