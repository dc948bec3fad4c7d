import { describe, expect, it } from '@jest/globals'
import { method, RpcError } from '../../../src/server/index.js'
import { connectClient, startServer } from '../../server/support.js'

const numbers = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) => (typeof value === 'number' ? { value } : { issues: [{ message: 'not a number' }] }),
  },
} as const

describe('a notification that is refused', () => {
  it.each([
    ['an unknown method', 'unknown', undefined, -32601],
    ['params that the schema rejects', 'add', 'x', -32602],
    ['an error of the method', 'refuse', undefined, 403],
    ['too many calls', 'add', 1, -32030],
  ])('because of %s is an error event', async (what, name, params, code) => {
    await using running = await startServer({ maxPending: 1, maxWaiting: 0 })
    running.server.methods({
      add: method(numbers as never, () => {}),
      refuse: () => {
        throw new RpcError(403, 'not today')
      },
      wait: async () => await new Promise<void>(() => {}),
    })
    const { client, connection } = await connectClient(running)
    if (what === 'too many calls') void client.request('wait')
    client.send({ jsonrpc: '2.0', method: name, params })
    const problem = await running.problems.next()
    expect(problem).toMatchObject({ code: 'notification_refused', connection })
    expect(problem.message).toContain(`A notification "${name}" was refused with ${code}: `)
  })

  it('because the method throws is one event, not two', async () => {
    await using running = await startServer()
    running.server.methods({
      crash: () => {
        throw new Error('broken')
      },
    })
    const { client } = await connectClient(running)
    client.send({ jsonrpc: '2.0', method: 'crash' })
    expect((await client.request('crash')).error?.code).toBe(-32603)
    expect(running.codes()).toEqual(['handler_failed', 'handler_failed'])
  })
})
