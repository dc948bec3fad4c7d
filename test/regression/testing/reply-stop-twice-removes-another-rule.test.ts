import { expect, it } from '@jest/globals'
import { createFakeServer } from '../../../src/testing/index.js'

it('the function that reply() returns removes no other rule when it is called twice', async () => {
  const server = createFakeServer()
  const socket = new server.WebSocket('ws://chat.test/')
  const messages: unknown[] = []
  socket.addEventListener('message', (event) => void messages.push((event as MessageEvent).data))
  server.reply('ping', () => 'pong')
  const stop = server.reply('other', () => 'answer')
  stop()
  stop()
  const { socket: client } = await server.accept()
  client.send('ping')
  client.send('other')
  await server.next('other')
  await server.sendRaw('fence')
  await server.cut()
  expect(messages).toEqual(['"pong"', 'fence'])
})
