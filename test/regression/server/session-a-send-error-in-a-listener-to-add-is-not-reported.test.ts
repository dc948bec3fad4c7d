import { expect, it } from '@jest/globals'
import { sessionProtocol, toControlFrame } from '../../../src/internal/sessionFrames.js'
import { createServerSocket, createSocketServer, type ServerProblem } from '../../../src/server/index.js'
import { createQueue } from '../../server/support.js'

it('reports what cannot be sent when a listener to `add` sends it in a session', async () => {
  const problems = createQueue<ServerProblem>()
  const closes = createQueue<readonly [code: number, reason: string]>()
  const blob = { encode: () => new Blob(['x']), decode: (frame: unknown) => frame }
  const server = createSocketServer({ noServer: true, session: {}, codec: blob, onError: problems.push })
  const removed = createQueue<string>()
  server.on('remove', (_connection, { reason }) => removed.push(reason))
  server.on('add', (connection) => void connection.send('anything'))
  const { socket, receive, end } = createServerSocket({
    protocol: sessionProtocol(''),
    send: () => {},
    close: (code, reason) => {
      closes.push([code, reason])
      end(code, reason)
    },
    terminate: () => {},
  })
  server.attach(socket, { url: '/', headers: { host: 'a' }, socket: { remoteAddress: '10.0.0.1' } })
  receive(toControlFrame({ is: 'hello', window: { messages: 1, bytes: 1 } }))
  expect(await problems.next()).toMatchObject({ code: 'encode_failed', message: expect.stringContaining('Blob') })
  expect(await closes.next()).toEqual([1011, 'server error'])
  expect(await removed.next()).toBe('overflow')
  await server.close({ within: 0 })
})
