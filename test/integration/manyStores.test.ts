import { expect, it } from '@jest/globals'
import { runProgram } from '../support/program.js'

it('a middleware in many stores keeps none of them alive, and dispose() reaches the one that is connected', async () => {
  const { code, stdout, stderr } = await runProgram('test/integration/manyStores.program.ts', 20_000)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { left, status } = JSON.parse(stdout) as { left: number; status: string }
  // The last one created may still be on the stack.
  expect(left).toBeLessThan(5)
  expect(status).toBe('closed')
}, 30_000)
