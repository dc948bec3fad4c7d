import { EventEmitter } from 'node:events'
import { expect, it } from '@jest/globals'
import { createSocketServer, fromFetchRequest, type ServerSocket } from '../../../src/server/index.js'

// A socket that has closed emits no second close: its connection stayed for ever, and `close` of the server waited for it.

it('attach ignores a socket that has closed', async () => {
  const server = createSocketServer({ noServer: true })
  const closed = Object.assign(new EventEmitter(), {
    readyState: 3,
    protocol: '',
    bufferedAmount: 0,
    send: () => {},
    close: () => {},
    terminate: () => {},
  }) as unknown as ServerSocket
  server.attach(closed, fromFetchRequest(new Request('http://example.org/')))
  await server.close({ within: 60_000 })
  expect(server.connections.size).toBe(0)
})
