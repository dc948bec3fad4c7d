import { expect, it } from '@jest/globals'
import { runProgram } from '../../support/program.js'

// The timer of a queued send's `ttl` kept Node running until the send expired.

it('a queued send with a ttl does not keep Node running', async () => {
  const program = 'test/regression/connection/sendQueue-ttl-keeps-node-running.program.ts'
  expect(await runProgram(program)).toEqual({ stdout: 'queued\n', stderr: '', code: 0 })
})
