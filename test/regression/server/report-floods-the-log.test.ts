import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createReport } from '../../../src/server/report.js'
import type { ServerProblem } from '../../../src/server/index.js'

beforeEach(() => void jest.useFakeTimers({ now: 1_000 }))
afterEach(() => void jest.useRealTimers())

const create = () => {
  const problems: ServerProblem[] = []
  return { problems, report: createReport(() => [(problem) => problems.push(problem)]) }
}

// 50 clients caused 48 000 lines a second.
describe('problems of one kind', () => {
  it('are reported 20 times in a second, and then by their number', () => {
    const { problems, report } = create()
    for (let count = 1; count <= 48_000; count++) report({ code: 'peer_error', message: `no. ${count}` })
    report({ code: 'handler_failed', message: 'of another kind' })
    expect(problems).toHaveLength(21)
    jest.advanceTimersByTime(1_000)
    expect(problems.slice(21)).toEqual([
      {
        code: 'peer_error',
        message: '47980 more problems of this kind were left out within a second. The last one: no. 48000',
      },
    ])
    report({ code: 'peer_error', message: 'again' })
    expect(problems.at(-1)?.message).toBe('again')
    jest.advanceTimersByTime(10_000)
    expect(problems).toHaveLength(23)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('are counted from zero in the next second, also without a timer', () => {
    const { problems, report } = create()
    for (let count = 0; count < 25; count++) report({ code: 'peer_error', message: 'x' })
    jest.setSystemTime(2_500)
    report({ code: 'peer_error', message: 'y' })
    expect(problems.slice(20).map(({ message }) => message)).toEqual([
      '5 more problems of this kind were left out within a second. The last one: x',
      'y',
    ])
  })
})

describe('control characters', () => {
  it('are escaped in the message of a problem', () => {
    const { problems, report } = create()
    report({ code: 'peer_error', message: 'a\nreduplex/server: forged\u001B[2J\u009B\u2028é' })
    expect(problems[0]?.message).toBe('a\\u000areduplex/server: forged\\u001b[2J\\u009b\\u2028é')
  })

  it('are escaped in what is printed, and no printed line looks like another problem', () => {
    const print = jest.spyOn(console, 'error').mockImplementation(() => {})
    const report = createReport(() => [])
    const error = new Error('a\nreduplex/server: forged\u001B[2J')
    report({ code: 'handler_failed', message: 'failed', error })
    const lines = print.mock.calls.flat().join(' ').split('\n')
    print.mockRestore()
    expect(lines[0]).toBe('reduplex/server: handler_failed: failed Error: a')
    expect(lines[1]).toBe('    reduplex/server: forged\\u001b[2J')
    expect(lines.slice(1).every((line) => line.startsWith('    '))).toBe(true)
  })
})
