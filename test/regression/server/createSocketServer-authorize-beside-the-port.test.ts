import { expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { createSocketServer } from '../../../src/server/index.js'

it('authorize refuses clients when it stands in the object that has the port', async () => {
  const server = createSocketServer({ port: 0, host: '127.0.0.1', authorize: () => false })
  await server.ready
  const ws = new WebSocket(`ws://127.0.0.1:${String(server.port)}`)
  expect(await new Promise((resolve) => ws.once('close', resolve))).toBe(4401)
  await server.close()
})
