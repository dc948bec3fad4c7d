import { beforeAll, describe, expect, it } from '@jest/globals'
import { runProgram, type ProgramResult } from '../support/program.js'

const lives = [
  'never connected',
  'open',
  'asleep until it is used',
  'shaking hands with a peer that says nothing',
  'waiting to retry, with a message in the queue',
  'congested behind a peer that reads nothing',
  'closing towards a peer that does not answer',
  'connected again and again',
]

describe('a store that is thrown away after dispose()', () => {
  let program: ProgramResult
  let reports: { name: string }[]

  beforeAll(async () => {
    program = await runProgram('test/faults/pageLife.program.ts', 30_000)
    reports = program.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { name: string })
  }, 40_000)

  it.each(lives)('leaves no socket and no timer, and is collected: %s', (name) => {
    expect(reports.find((report) => report.name === name)).toEqual({
      name,
      left: [],
      storeLeft: false,
      socketLeft: false,
    })
  })

  it('lets the process end without an error', () => {
    expect({ code: program.code, stderr: program.stderr }).toEqual({ code: 0, stderr: '' })
  })
})
