import { expect, it } from '@jest/globals'
import { createServerSocket, createSocketServer, fromFetchRequest } from '../../../src/server/index.js'
import { createQueue } from '../../server/support.js'

it('attach throws invalid_option for a socket that was attached before, which stays connected once', async () => {
  const server = createSocketServer({ noServer: true })
  const added = createQueue<unknown>()
  server.on('add', added.push)
  const created = createServerSocket({ send: () => {}, close: (code) => created.end(code), terminate: () => {} })
  const request = fromFetchRequest(new Request('http://example.org/'))
  server.attach(created.socket, request)
  expect(() => server.attach(created.socket, request)).toThrow(
    expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('a second time') as unknown }),
  )
  await added.next()
  expect(server.connections.size).toBe(1)
  await server.close({ within: 0 })
})
