import { beforeAll, describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import { socketConnect, socketConnecting } from '../../src/index.js'
import { EARLY_SEND } from '../support/earlySend.js'
import { startEchoServer } from '../support/echoServer.js'
import { runProgram, type ProgramResult } from '../support/program.js'
import { setupStore } from '../support/setupStore.js'

const phases = [
  'open',
  'about to connect',
  'connecting to a server that says nothing',
  'reconnecting with an hour to wait',
  'waiting for a provider that hangs',
  'closed in its first event',
  'reconnected in its first event',
  'failing for want of a WebSocket class',
  'failing because the class throws',
  'reconnecting because the class throws',
]

const ends = [
  ...phases.flatMap((phase) => [
    { end: 'disposed', phase },
    { end: 'closed', phase },
  ]),
  { end: 'disposed', phase: 'closing with a peer that does not answer' },
  { end: 'disposed', phase: 'idle with a message that waits' },
]

describe('a process with a store in it', () => {
  let program: ProgramResult
  let reports: { end: string; phase: string; left: string[] }[]

  beforeAll(async () => {
    program = await runProgram('test/integration/leftovers.program.ts')
    reports = program.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as (typeof reports)[number])
  }, 30_000)

  it.each(ends)('has no timer and no socket left of a store that was $end while $phase', ({ end, phase }) => {
    expect(reports.find((report) => report.end === end && report.phase === phase)).toEqual({ end, phase, left: [] })
  })

  it('ends without an error and without a call of process.exit', () => {
    const printed = program.stderr.split('\n').filter((line) => line !== '' && !EARLY_SEND.test(line))
    expect({ code: program.code, printed }).toEqual({ code: 0, printed: [] })
  })
})

describe('a store that was disposed of', () => {
  it('has closed its socket, and lets every action through', async () => {
    await using server = await startEchoServer()
    const store = setupStore({ url: server.url, WebSocket: WsWebSocket })
    await store.dispatch(socketConnect())
    store.socket.dispose()
    await server.until(({ connections }) => connections.every(({ ended }) => ended !== null))
    store.dispatch({ type: 'unrelated' })
    expect([store.recorder.count(socketConnecting), store.recorder.count('unrelated')]).toEqual([1, 1])
  })
})
