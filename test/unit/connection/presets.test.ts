import { expect, it } from '@jest/globals'
import { createSocketMiddleware, reconnectingWebSocketDefaults } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

useFakeTime()

const delay = (attempt: number, draw: number) =>
  reconnectingWebSocketDefaults.backoff?.(attempt, { random: () => draw, code: 1006 }) ?? Number.NaN

it('reconnectingWebSocketDefaults waits 1–5 s, growing by 1.3 up to 10 s, without end', () => {
  expect(reconnectingWebSocketDefaults).toMatchObject({ maxRetries: Infinity, minUptime: 5_000 })
  expect([delay(1, 0), delay(1, 0.5), delay(1, 1)]).toEqual([1_000, 3_000, 5_000])
  expect([delay(2, 0), delay(3, 0)].map(Math.round)).toEqual([1_300, 1_690])
  expect([delay(100, 0), delay(4, 0.999), delay(1_000_000, 0.5)]).toEqual([10_000, 10_000, 10_000])
})

it('reconnectingWebSocketDefaults is accepted as the option reconnect, also with changes', () => {
  expect(() =>
    createSocketMiddleware({ reconnect: reconnectingWebSocketDefaults, connectTimeout: 4_000 }),
  ).not.toThrow()
  expect(() => createSocketMiddleware({ reconnect: { ...reconnectingWebSocketDefaults, maxRetries: 3 } })).not.toThrow()
})

it('reconnectingWebSocketDefaults schedules attempts with its delays', async () => {
  const { backoff = () => Number.NaN } = reconnectingWebSocketDefaults
  const connection = setupConnection({
    network: { mode: 'refuse' },
    reconnect: { ...reconnectingWebSocketDefaults, backoff },
  })
  connection.connect()
  await advanceTime(60_000)
  expect(connection.eventsOf('reconnecting').map((event) => event.delay)).toEqual([
    3_000,
    3_900,
    5_070,
    6_591,
    8_568,
    ...Array.from({ length: 4 }, () => 10_000),
  ])
})

it('maxRetries ends in failed when connectTimeout ends each attempt', async () => {
  const connection = setupConnection({ connectTimeout: 4_000, reconnect: { maxRetries: 2 } })
  const connecting = connection.connect()
  await advanceTime(4_000)
  expect(connecting.outcome).toBe('reconnecting')
  await advanceTime(60_000)
  expect(connection.network.sockets).toHaveLength(3)
  expect(connection.eventsOf('error').map(({ code }) => code)).toEqual([
    'connect_timeout',
    'connect_timeout',
    'connect_timeout',
  ])
  expect(connection.eventsOf('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  expect(connection.phase()).toBe('failed')
})

it('a connect after retries_exhausted starts over at another address', async () => {
  const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { maxRetries: 0 } })
  connection.connect()
  await advanceTime(1)
  expect(connection.phase()).toBe('failed')
  connection.network.mode = 'accept'
  const connecting = connection.connect({ url: 'ws://elsewhere.test/ws' })
  await advanceTime(1)
  expect(connecting.outcome).toBe('open')
  expect(connection.network.last.url).toBe('ws://elsewhere.test/ws')
})
