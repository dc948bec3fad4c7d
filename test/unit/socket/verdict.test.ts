import { describe, expect, it, jest } from '@jest/globals'
import { closeCodes } from '../../../src/connection/closeCodes.js'
import type { ReconnectOptions, SocketConfig } from '../../../src/connection/types.js'
import { judge, type Loss } from '../../../src/connection/verdict.js'

const decide = (loss: Partial<Omit<Loss, 'close'>> & Partial<Loss['close']> = {}, reconnect: ReconnectOptions = {}) => {
  const reports: string[] = []
  const guard: SocketConfig['guard'] = (what, callback) => {
    try {
      return callback()
    } catch (error) {
      reports.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
  const { code = 1006, reason = '', wasClean = false, ...rest } = loss
  const verdict = judge(
    {
      reconnect: { backoff: () => 700, maxRetries: Infinity, minUptime: 5_000, random: () => 0.5, ...reconnect },
      guard,
    },
    { close: { code, reason, wasClean }, opened: true, attempt: 1, canRefresh: false, ...rest },
  )
  return { ...verdict, reports }
}

const retries = { next: 'reconnecting', delay: 700, refresh: false, reports: [] }
const stops = { next: 'failed', problem: { code: 'stopped', message: expect.any(String) }, reports: [] }

describe('by the table', () => {
  it.each([null, 1001, 1005, 1006, 1011, 1012, 1013, 1014, 1015, 3000, 4000, 4408, 4429, 4500])(
    '%p is retried after the backoff',
    (code) => {
      expect(decide({ code })).toEqual(retries)
    },
  )

  it.each([1002, 1003, 1007, 1008, 1009, 1010, 4400, 4403, 4404, 4499])('%i stops', (code) => {
    expect(decide({ code })).toEqual(stops)
  })

  it('1000 ends it, as asked', () => {
    expect(decide({ code: 1000 })).toEqual({ next: 'closed', reports: [] })
  })

  it('says in the failure what the server said', () => {
    expect(decide({ code: 4403, reason: 'banned' })).toMatchObject({
      problem: { message: expect.stringContaining('4403: banned') },
    })
    expect(decide({ code: 1008 })).toMatchObject({
      problem: { message: expect.stringContaining('1008 (policy violation)') },
    })
  })
})

describe('4401', () => {
  it('is dialled once more when there is someone to ask for fresh credentials, after the backoff', () => {
    expect(decide({ code: 4401, canRefresh: true })).toEqual({ ...retries, refresh: true })
  })

  it('stops when there is not, or was asked already', () => {
    expect(decide({ code: 4401, canRefresh: false })).toEqual(stops)
  })

  it('is no exception from maxRetries', () => {
    expect(decide({ code: 4401, canRefresh: true }, { maxRetries: 0 })).toMatchObject({
      next: 'failed',
      problem: { code: 'retries_exhausted' },
    })
  })

  it.each([true, false])('is retried when shouldReconnect says so; canRefresh: %p', (canRefresh) => {
    expect(decide({ code: 4401, canRefresh }, { shouldReconnect: () => true })).toEqual({
      ...retries,
      refresh: canRefresh,
    })
  })
})

describe('shouldReconnect', () => {
  const every = [null, 4000, 4403, ...Object.keys(closeCodes).map(Number)]

  it.each(every)('true retries %p', (code) => {
    expect(decide({ code }, { shouldReconnect: () => true })).toMatchObject({ next: 'reconnecting', delay: 700 })
  })

  it.each(every.filter((code) => code !== 1000))('false stops at %p', (code) => {
    expect(decide({ code }, { shouldReconnect: () => false })).toEqual(stops)
  })

  it('false at 1000 is a wanted end, not a failure', () => {
    expect(decide({ code: 1000 }, { shouldReconnect: () => false })).toEqual({ next: 'closed', reports: [] })
  })

  it.each([0, 1, 90_000, Infinity])('{ delay: %p } retries after that', (delay) => {
    const backoff = jest.fn(() => 700)
    expect(decide({ code: 4403 }, { backoff, shouldReconnect: () => ({ delay }) })).toEqual({ ...retries, delay })
    expect(backoff).not.toHaveBeenCalled()
  })

  it.each([NaN, -1, -Infinity, '5' as never])('{ delay: %p } is no delay: the backoff decides', (delay) => {
    expect(decide({ code: 4403 }, { shouldReconnect: () => ({ delay }) })).toEqual(retries)
  })

  it('that throws is reported, and the table decides', () => {
    const shouldReconnect = () => {
      throw new Error('slip')
    }
    const reports = ['reconnect.shouldReconnect: slip']
    expect(decide({ code: 1006 }, { shouldReconnect })).toEqual({ ...retries, reports })
    expect(decide({ code: 4403 }, { shouldReconnect })).toEqual({ ...stops, reports })
    expect(decide({ code: 1000 }, { shouldReconnect })).toEqual({ next: 'closed', reports })
  })

  it('is told all about the end, once', () => {
    const shouldReconnect = jest.fn(() => true)
    decide({ code: 4000, reason: 'moved', wasClean: true, opened: false, attempt: 3 }, { shouldReconnect })
    expect(shouldReconnect.mock.calls).toEqual([
      [{ code: 4000, reason: 'moved', wasClean: true, opened: false, attempt: 3 }],
    ])
  })

  it('does not outvote maxRetries', () => {
    expect(decide({ attempt: 3 }, { maxRetries: 2, shouldReconnect: () => ({ delay: 0 }) })).toMatchObject({
      next: 'failed',
      problem: { code: 'retries_exhausted' },
    })
  })
})

describe('maxRetries', () => {
  it.each([
    [0, 1, 'failed'],
    [1, 1, 'reconnecting'],
    [1, 2, 'failed'],
    [5, 5, 'reconnecting'],
    [5, 6, 'failed'],
    [Infinity, 1e9, 'reconnecting'],
  ])('%p, retry number %p: %s', (maxRetries, attempt, next) => {
    expect(decide({ attempt }, { maxRetries }).next).toBe(next)
  })

  it('reached, it is not for a wanted end to fail', () => {
    expect(decide({ code: 1000 }, { maxRetries: 0 }).next).toBe('closed')
  })
})

describe('the backoff', () => {
  it('is asked once, with the number of the retry, the code and the randomness', () => {
    const random = () => 0.25
    const backoff = jest.fn<(attempt: number, context: { random: () => number; code: number | null }) => number>()
    backoff.mockReturnValue(5)
    expect(decide({ code: 1012, attempt: 4 }, { backoff, random })).toEqual({ ...retries, delay: 5 })
    expect(backoff.mock.calls).toEqual([[4, { random: expect.any(Function), code: 1012 }]])
    expect(backoff.mock.calls[0]?.[1].random()).toBe(0.25)
  })

  it.each([0, 700, Infinity])('may say %p', (delay) => {
    expect(decide({}, { backoff: () => delay })).toEqual({ ...retries, delay })
  })

  it('waits whole milliseconds', () => {
    expect(decide({}, { backoff: () => 700.4 })).toEqual({ ...retries, delay: 700 })
  })

  it.each([NaN, -1, -Infinity, undefined as never, '100' as never, null as never])(
    'that says %p is reported, and the default takes its place',
    (delay) => {
      const verdict = decide({}, { backoff: () => delay })
      expect(verdict).toMatchObject({ next: 'reconnecting', delay: 1_500 })
      expect(verdict.reports).toEqual([expect.stringMatching(/^reconnect\.backoff: expected a number of milliseconds/)])
    },
  )

  it('that throws is reported, and the default takes its place', () => {
    const backoff = () => {
      throw new Error('slip')
    }
    expect(decide({ code: 1012 }, { backoff })).toEqual({
      ...retries,
      delay: 5_000,
      reports: ['reconnect.backoff: slip'],
    })
  })

  it('is not asked when there will be no retry', () => {
    const backoff = jest.fn(() => 1)
    decide({ code: 4403 }, { backoff })
    decide({ code: 1000 }, { backoff })
    decide({ attempt: 2 }, { backoff, maxRetries: 1 })
    expect(backoff).not.toHaveBeenCalled()
  })
})
