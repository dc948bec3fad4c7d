import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// A problem contains its connection, a connection its request, and a request the url and the headers with their secrets.
describe('a problem in a log', () => {
  it('shows the id of the connection and nothing of its request', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running, '/?token=hunter2', { headers: { cookie: 'hunter2' } })
    client.ws.send('{nope')
    const problem = await running.problems.next()
    expect(problem.connection).toBe(connection)
    for (const log of [inspect(problem, { depth: 9 }), JSON.stringify(problem), inspect(connection, { depth: 9 })]) {
      expect(log).toContain(connection.id)
      expect(log).not.toContain('hunter2')
    }
  })
})
