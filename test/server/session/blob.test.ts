import { describe, expect, it } from '@jest/globals'
import type { ServerConnection } from '../../../src/server/index.js'
import { attachClient } from '../../support/session/attachedClient.js'
import { createQueue } from '../support.js'

describe('a Blob that the socket below a session cannot send', () => {
  it.each(['after the listeners to `add`', 'in a listener to `add`'])(
    'is reported and ends the session: %s',
    async (when) => {
      const codec = { encode: () => new Blob(['x']), decode: (frame: unknown) => frame }
      const { closes, greet, problems, server } = attachClient({ codec })
      const removed = createQueue<string>()
      const added = createQueue<ServerConnection>()
      const isInside = when.startsWith('in')
      server.on('remove', (_connection, { reason }) => removed.push(reason))
      server.on('add', (connection) => {
        if (isInside) connection.send('anything')
        added.push(connection)
      })
      greet()
      const connection = await added.next()
      if (!isInside) connection.send('anything')
      expect(await problems.next()).toMatchObject({ code: 'encode_failed', message: expect.stringContaining('Blob') })
      expect(await closes.next()).toEqual([1011, 'server error'])
      expect(await removed.next()).toBe('overflow')
      await server.close({ within: 0 })
    },
  )
})
