import { expect, it } from '@jest/globals'
import { createSocketMiddleware, reconnectingWebSocketDefaults } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

useFakeTime()

const delay = (attempt: number, draw: number) =>
  reconnectingWebSocketDefaults.reconnect.backoff?.(attempt, { random: () => draw, code: 1006 }) ?? Number.NaN

it('reconnectingWebSocketDefaults waits 1.5 s, growing by 1.3 up to 10 s, without jitter and without end', () => {
  expect(reconnectingWebSocketDefaults).toMatchObject({
    connectTimeout: 4_000,
    reconnect: { maxRetries: Infinity },
  })
  expect([delay(1, 0), delay(1, 0.5), delay(1, 0.999)]).toEqual([1_500, 1_500, 1_500])
  expect([delay(2, 0), delay(3, 0.5)].map(Math.round)).toEqual([1_950, 2_535])
  expect([delay(100, 0), delay(9, 0.999), delay(1_000_000, 0.5)]).toEqual([10_000, 10_000, 10_000])
})

it('reconnectingWebSocketDefaults can be spread into the options, also with changes', () => {
  const { reconnect } = reconnectingWebSocketDefaults
  expect(() => createSocketMiddleware({ ...reconnectingWebSocketDefaults })).not.toThrow()
  expect(() => createSocketMiddleware({ reconnect: { ...reconnect, maxRetries: 3 } })).not.toThrow()
})

it('reconnectingWebSocketDefaults schedules attempts with its delays', async () => {
  const { backoff = () => Number.NaN } = reconnectingWebSocketDefaults.reconnect
  const connection = setupConnection({
    network: { mode: 'refuse' },
    reconnect: { ...reconnectingWebSocketDefaults.reconnect, backoff },
  })
  connection.connect()
  await advanceTime(60_000)
  expect(connection.eventsOf('reconnecting').map((event) => event.delay)).toEqual([
    1_500, 1_950, 2_535, 3_296, 4_284, 5_569, 7_240, 9_412, 10_000, 10_000, 10_000,
  ])
})

it('maxRetries ends in failed when connectTimeout ends each attempt', async () => {
  const connection = setupConnection({ connectTimeout: 4_000, reconnect: { maxRetries: 2 } })
  const connecting = connection.connect()
  await advanceTime(4_000)
  expect(connecting.outcome).toBe('reconnecting')
  await advanceTime(60_000)
  expect(connection.network.connections).toHaveLength(3)
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
