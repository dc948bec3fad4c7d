import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { InternalConnection } from '../../../src/server/connection/serverConnection.js'
import { createExpiryTimers } from '../../../src/server/operations/expiry.js'
import { anonymous, createIdentify } from '../../../src/server/operations/identity.js'

const START = 1_800_000_000_000
const DAY = 24 * 60 * 60 * 1000

beforeEach(() => void jest.useFakeTimers({ now: START }))
afterEach(() => void jest.useRealTimers())

const connect = (expiresAt: number) => {
  const closes: unknown[][] = []
  const view = { close: (...args: unknown[]) => void closes.push(args) }
  const ending = { refuse: view.close }
  const connection = { view, ending, identity: { userId: undefined, expiresAt } } as unknown as InternalConnection
  return { closes, connection }
}

describe('createExpiryTimers', () => {
  it('closes a connection once, at its time, also when that is weeks away', () => {
    const timers = createExpiryTimers()
    const { closes, connection } = connect(START + 60 * DAY)
    timers.add(connection)
    jest.advanceTimersByTime(60 * DAY - 1)
    expect(closes).toEqual([])
    jest.advanceTimersByTime(1)
    expect(closes).toEqual([[4401, 'the authorization has expired']])
    jest.advanceTimersByTime(DAY)
    expect(closes).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('follows a clock that is set forward, as after a pause of the machine', () => {
    const timers = createExpiryTimers()
    const { closes, connection } = connect(START + DAY)
    timers.add(connection)
    jest.setSystemTime(START + 2 * DAY)
    jest.advanceTimersByTime(60_000)
    expect(closes).toHaveLength(1)
  })

  it('has no timer for a connection that has closed, nor for one without an end', () => {
    const timers = createExpiryTimers()
    const { connection } = connect(START + DAY)
    timers.add(connection)
    timers.remove(connection)
    timers.add(connect(Infinity).connection)
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('createIdentify', () => {
  it('gives all users without an end and without the option one identity, which takes no memory', () => {
    const identify = createIdentify({})
    expect(identify({ name: 'Ada' })).toBe(anonymous)
    expect(identify('ada')).toBe(anonymous)
    expect(identify({ name: 'Ada', expiresAt: undefined })).toBe(anonymous)
  })

  it('takes a Date, also of another realm, and a number of milliseconds', () => {
    const identify = createIdentify({ userId: (user) => (user as { name: string }).name })
    const expected = { userId: 'ada', expiresAt: START + DAY, owner: '' }
    expect(identify({ name: 'ada', expiresAt: new Date(START + DAY) })).toEqual(expected)
    expect(identify({ name: 'ada', expiresAt: START + DAY })).toEqual(expected)
    expect(identify({ name: 'ada', expiresAt: Infinity })).toEqual({ userId: 'ada', expiresAt: Infinity, owner: '' })
  })

  it('refuses a time that is now', () => {
    expect(() => createIdentify({})({ expiresAt: START })).toThrow(expect.objectContaining({ code: 4401 }))
  })
})
