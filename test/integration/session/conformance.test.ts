import { expect, it } from '@jest/globals'
import { runProgram } from '../../support/program.js'

it('the client keeps the rules for clients of sessions and of replies in chunks', async () => {
  const { stdout, stderr } = await runProgram('test/integration/session/conformance.program.ts', 50_000)
  expect(stderr).toBe('')
  const { 'without its storage': broken, ...outcomes } = JSON.parse(stdout) as Record<string, string | null>
  expect(broken).toMatch(/^expected "end": true/)
  expect(Object.keys(outcomes).length).toBeGreaterThanOrEqual(14)
  expect(Object.entries(outcomes).filter(([, fault]) => fault !== null)).toEqual([])
})
