import { expect, it } from '@jest/globals'
import { createSocketServer, type SocketServer } from '../../../src/server/index.js'
import { startServer } from '../../server/support.js'

// `isLive` of a server that could not listen turned true again when it was closed.

it('a server that could not listen is not live while it closes', async () => {
  await using running = await startServer()
  const server = createSocketServer({
    port: running.port,
    host: '127.0.0.1',
    onError: () => {},
  }) as unknown as SocketServer
  await expect(server.ready).rejects.toThrow('EADDRINUSE')
  expect(server.health()).toMatchObject({ status: 'failed', isLive: false })
  const closing = server.close({ within: 10 })
  expect(server.health()).toMatchObject({ status: 'closing', isLive: false, isReady: false })
  await closing
  expect(server.health()).toMatchObject({ status: 'closed', isLive: false })
})
