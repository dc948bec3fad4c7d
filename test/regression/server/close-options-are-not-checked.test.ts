import { expect, it } from '@jest/globals'
import { createSocketServer } from '../../../src/server/index.js'
import { connectClient, startServer } from '../../server/support.js'

it.each([
  ['an unknown option', { witin: 5 }],
  ['NaN', { within: Number.NaN }],
  ['a negative time', { unreadyFor: -1 }],
  ['a number in place of the object', 5],
  ['the name of a signal', 'SIGTERM'],
  ['null', null],
])('server.close rejects with invalid_option for %s, and the server stays open', async (_title, options) => {
  await using running = await startServer()
  const { client } = await connectClient(running)
  await expect(running.server.close(options as never)).rejects.toMatchObject({ code: 'invalid_option' })
  running.server.broadcast('still open')
  expect(await client.next()).toBe('still open')
})

it('server.close takes members that are undefined, and returns the same promise again', async () => {
  const server = createSocketServer({ noServer: true })
  const closed = server.close({ within: undefined } as never)
  expect(server.close()).toBe(closed)
  await closed
})
