import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { meet, run } from '../server/support.js'

// A problem names its connection, that has the request, and the request the address and the headers with all that is secret.
describe('a problem that is logged as it is', () => {
  it('shows whose it is, and nothing of the request', async () => {
    await using running = await run()
    const { client, connection } = await meet(running, '/?token=hunter2', { headers: { cookie: 'hunter2' } })
    client.ws.send('{nope')
    const problem = await running.problems.next()
    expect(problem.connection).toBe(connection)
    for (const log of [inspect(problem, { depth: 9 }), JSON.stringify(problem), inspect(connection, { depth: 9 })]) {
      expect(log).toContain(connection.id)
      expect(log).not.toContain('hunter2')
    }
  })
})
