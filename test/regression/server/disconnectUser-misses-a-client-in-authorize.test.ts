import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import {
  memoryBus,
  type RefusedConnection,
  type ServerConnection,
  type SocketServerSettings,
} from '../../../src/server/index.js'
import { createQueue, startOnHttp, startServer } from '../../server/support.js'

interface Decision {
  readonly admit: () => void
}

/** Options of a server whose clients, named by the url, are admitted when the test says so. */
const createSettings = () => {
  const deciding = createQueue<Decision>()
  const settings: SocketServerSettings = {
    authorize: async ({ url = '' }) =>
      await new Promise<{ id: string }>((resolve) =>
        deciding.push({ admit: () => resolve({ id: url.slice(1) || 'ada' }) }),
      ),
    userId: (user) => (user as { readonly id: string }).id,
  }
  return { deciding, settings }
}

describe('server.disconnectUser', () => {
  it('refuses a client of the user whose authorize is under way, with the given code', async () => {
    const { deciding, settings } = createSettings()
    await using running = await startServer(settings)
    const refused = createQueue<RefusedConnection>()
    running.server.on('refuse', refused.push)
    const client = await running.connect('/ada')
    const { admit } = await deciding.next()
    expect(await running.server.disconnectUser('ada', 4403, 'banned')).toBe(0)
    admit()
    expect(await client.closed).toEqual({ code: 4403, reason: 'banned' })
    expect(await refused.next()).toMatchObject({ code: 4403, reason: 'banned' })
  })

  it('refuses it in the moment after authorize has resolved', async () => {
    const { deciding, settings } = createSettings()
    await using running = await startServer(settings)
    const client = await running.connect('/ada')
    const { admit } = await deciding.next()
    admit()
    await running.server.disconnectUser('ada', 4401)
    expect((await client.closed).code).toBe(4401)
  })

  it('refuses it on the other nodes', async () => {
    const { deciding, settings } = createSettings()
    const bus = memoryBus()
    await using left = await startServer({ ...settings, bus })
    await using right = await startServer({ ...settings, bus })
    const client = await right.connect('/ada')
    const { admit } = await deciding.next()
    await left.server.disconnectUser('ada', 4000)
    admit()
    expect((await client.closed).code).toBe(4000)
  })

  it('refuses a call over HTTP of the user whose authorize is under way', async () => {
    const { deciding, settings } = createSettings()
    const http = createServer((req, res) => void running.server.handleHttp(req, res))
    await using running = await startOnHttp(http, settings)
    running.server.methods({ greet: () => 'hello' })
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'greet' })
    const response = fetch(`${running.origin}/ada`, { method: 'POST', headers, body })
    const { admit } = await deciding.next()
    await running.server.disconnectUser('ada', 4403, 'banned')
    admit()
    expect((await response).status).toBe(403)
    expect(await (await response).json()).toEqual({ error: 'banned' })
  })

  it('admits other users, and the user when the attempt began after the call', async () => {
    const { deciding, settings } = createSettings()
    await using running = await startServer(settings)
    const added = createQueue<ServerConnection>()
    running.server.on('add', added.push)
    await running.connect('/bob')
    const first = await deciding.next()
    await running.server.disconnectUser('ada')
    await running.connect('/ada')
    const second = await deciding.next()
    second.admit()
    expect((await added.next()).user).toEqual({ id: 'ada' })
    first.admit()
    expect((await added.next()).user).toEqual({ id: 'bob' })
    expect(running.server.user('ada').connections).toHaveLength(1)
  })
})
