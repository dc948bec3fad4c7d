import { describe, expect, it } from '@jest/globals'
import { serverMayComeBack } from '../../../src/features/index.js'
import {
  closeCodes,
  createSocketMiddleware,
  socketClose,
  type AttemptContext,
  type ReconnectOptions,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

useFakeTime()

const statusAfter = async (code: number, options?: ReconnectOptions) => {
  const store = await setupOpenStore({ reconnect: serverMayComeBack({ backoff: () => 1_000, ...options }) })
  store.network.last.close(code)
  await advanceTime(1)
  const { status } = store.state()
  store.dispose()
  return status
}

describe('serverMayComeBack', () => {
  it('retries after 1000, after the delay of the backoff', async () => {
    const store = await setupOpenStore({ reconnect: serverMayComeBack({ backoff: () => 1_000 }) })
    store.network.last.close(1000)
    await advanceTime(998)
    expect([store.state().status, store.network.connections.length]).toEqual(['reconnecting', 1])
    await advanceTime(2)
    expect([store.state().status, store.network.connections.length]).toEqual(['open', 2])
  })

  it.each([
    ...Object.keys(closeCodes)
      .map(Number)
      .filter((code) => code !== 1000),
    4000,
    4450,
  ])('leaves %d to the table of close codes', async (code) => {
    const advice = closeCodes[code]?.[1] ?? (code === 4450 ? 'stop' : 'retry')
    // Without a function in the address there are no fresh credentials.
    expect(await statusAfter(code)).toBe(advice === 'retry' ? 'reconnecting' : 'failed')
  })

  it.each<[decision: ReturnType<NonNullable<ReconnectOptions['shouldReconnect']>>, code: number, status: string]>([
    [false, 1000, 'closed'],
    [true, 4403, 'reconnecting'],
    [false, 1006, 'failed'],
    [{ delay: 5 }, 1000, 'reconnecting'],
    [undefined, 1000, 'reconnecting'],
    [undefined, 1008, 'failed'],
  ])('lets the app decide first: %p after %d is %s', async (decision, code, status) => {
    expect(await statusAfter(code, { shouldReconnect: () => decision })).toBe(status)
  })

  it('keeps the other options', () => {
    const backoff = () => 7
    expect(serverMayComeBack({ backoff, maxRetries: 3 })).toMatchObject({ backoff, maxRetries: 3 })
    expect(() => createSocketMiddleware({ reconnect: serverMayComeBack() })).not.toThrow()
  })

  it('retries after 1000 when shouldReconnect of the app returns null', async () => {
    expect(await statusAfter(1000, { shouldReconnect: () => null as never })).toBe('reconnecting')
  })

  it('does not retry after a socketClose', async () => {
    const store = await setupOpenStore({ reconnect: serverMayComeBack() })
    void store.dispatch(socketClose())
    await advanceTime(20_000)
    expect([store.state().status, store.network.connections.length]).toEqual(['closed', 1])
  })
})

describe('a server whose code for an expired token differs', () => {
  const shouldReconnect: ReconnectOptions['shouldReconnect'] = ({ code }) =>
    code === 1008 || code === 4001 ? 'refresh' : undefined

  it.each([1008, 3000, 4001])('gets fresh credentials once after %d, then stops', async (code) => {
    const reasons: AttemptContext['reason'][] = []
    const store = await setupOpenStore({
      params: ({ reason }) => {
        reasons.push(reason)
        return {}
      },
      reconnect: { backoff: () => 100, shouldReconnect },
    })
    store.network.last.close(code)
    await advanceTime(200)
    expect([store.state().status, reasons]).toEqual(['open', ['connect', 'refresh']])
    store.network.last.close(code)
    await advanceTime(200)
    expect([store.state().status, reasons]).toEqual(['failed', ['connect', 'refresh']])
  })
})

describe('codes of 4000 to 4399 that must stop', () => {
  const refused = [4004, 4010, 4011, 4012, 4013, 4014]
  const shouldReconnect: ReconnectOptions['shouldReconnect'] = ({ code }) =>
    refused.includes(code ?? 0) ? false : undefined

  it.each([
    ...refused.map((code) => [code, 'failed']),
    [4000, 'reconnecting'],
    [4009, 'reconnecting'],
    [1000, 'reconnecting'],
    [1002, 'failed'],
    [1008, 'failed'],
  ] as [code: number, status: string][])('%d is followed by %s, beside serverMayComeBack', async (code, status) => {
    expect(await statusAfter(code, { shouldReconnect })).toBe(status)
  })
})
