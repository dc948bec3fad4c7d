import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { createSocketServer, type SocketServer } from '../../../src/server/index.js'
import { startServer, startOnHttp } from '../../server/support.js'

const upgradeAt = async (port: number): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: a\r\n\r\n',
  )
  const [data] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return data.toString().split('\r\n')[0] ?? ''
}

// Both took it, and `ws` threw out of the listener to `upgrade`: any client could end the process.
describe('two socket servers on one HTTP server', () => {
  it('let the first take an upgrade that both paths match', async () => {
    await using running = await startOnHttp(undefined, {}, '/rooms/:room')
    const second = createSocketServer({ server: running.http, path: '/rooms/lobby' }) as unknown as SocketServer
    running.server.on('add', (connection) => connection.send('the first'))
    second.on('add', (connection) => connection.send('the second'))
    const client = await running.connect('/rooms/lobby')
    expect(await client.next()).toBe('the first')
    expect(running.codes()).toEqual([])
    await second.close({ within: 0 })
  })
})

describe('an option of ws that throws during an upgrade', () => {
  it.each(['verifyClient', 'handleProtocols'])('is reported, and the client gets 500: %s', async (name) => {
    await using running = await startServer({
      [name]: () => {
        throw new Error('no database')
      },
    })
    expect(await upgradeAt(running.port)).toBe('HTTP/1.1 500 Internal Server Error')
    expect(running.problems.all).toEqual([expect.objectContaining({ code: 'handler_failed' })])
  })
})
