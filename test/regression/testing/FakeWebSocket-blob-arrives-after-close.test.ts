import { afterEach, describe, expect, it } from '@jest/globals'
import { createFakeServer, expectAllClosed } from '../../../src/testing/index.js'

afterEach(() => expectAllClosed())

/** A socket that is open, and what happens to it and to the server, in order. */
const openSocket = async () => {
  const server = createFakeServer()
  const socket = new server.WebSocket('ws://chat.test/')
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const log: string[] = []
  server.last.onReceived = () => void log.push('received')
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => {
      log.push('closed')
      resolve()
    })
  })
  return { server, socket, log, closed }
}

describe('close() of a FakeWebSocket that has a Blob to send', () => {
  it('closes after the server has read the Blob and the text after it', async () => {
    const { server, socket, log, closed } = await openSocket()
    socket.send(new Blob(['x']))
    socket.send('after the Blob')
    socket.close(4001, 'enough')
    expect([socket.readyState, server.last.closedBy]).toEqual([socket.CLOSING, null])
    await closed
    expect(log).toEqual(['received', 'received', 'closed'])
    expect([socket.bufferedAmount, server.last.closedBy]).toEqual([0, { code: 4001, reason: 'enough' }])
  })

  it('counts a text that is sent before it as read', async () => {
    const { socket, closed } = await openSocket()
    socket.send('x')
    socket.close()
    await closed
    expect(socket.bufferedAmount).toBe(0)
  })

  it('sends neither the Blob nor a close frame where the connection is cut first', async () => {
    const { server, socket, log, closed } = await openSocket()
    const blob = new Blob(['x'])
    socket.send(blob)
    socket.close(4001)
    server.last.cut()
    await closed
    // A read that begins later ends later.
    await blob.arrayBuffer()
    await new Blob(['y']).arrayBuffer()
    expect(log).toEqual(['closed'])
    expect([server.last.receivedRaw, server.last.closedBy]).toEqual([[], null])
  })
})
