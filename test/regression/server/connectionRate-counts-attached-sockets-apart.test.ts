import { expect, it } from '@jest/globals'
import { createServerSocket, type RefusedConnection } from '../../../src/server/index.js'
import { createQueue, startServer } from '../../server/support.js'

it('an upgrade and an attached socket of one address share its connectionRate', async () => {
  await using running = await startServer({ connectionRate: { perSecond: 0.001, burst: 1 } })
  const refused = createQueue<RefusedConnection>()
  running.server.on('refuse', refused.push)
  await running.connect()
  const created = createServerSocket({ send: () => {}, close: (code) => created.end(code), terminate: () => {} })
  running.server.attach(created.socket, {
    url: '/',
    headers: { host: 'example.org' },
    socket: { remoteAddress: '127.0.0.1' },
  })
  expect(await refused.next()).toMatchObject({ code: 4429, ip: '127.0.0.1' })
})
