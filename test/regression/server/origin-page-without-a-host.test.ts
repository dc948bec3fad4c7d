import { describe, expect, it } from '@jest/globals'
import type { SocketServerSettings } from '../../../src/server/index.js'
import { createQueue, startServer } from '../../server/support.js'

const mayConnect = async (origin: string, headers: Record<string, string>, options: SocketServerSettings = {}) => {
  await using running = await startServer(options)
  const added = createQueue<string>()
  running.server.on('add', () => added.push('added'))
  const client = await running.connect('/', { headers: { origin, ...headers } })
  return await Promise.race([added.next(), client.closed.then(({ code }) => code)])
}

// URL gives an empty host for file://localhost, as for the origin file://.
describe('the origin check', () => {
  it.each(['file://', 'file://localhost', 'capacitor://localhost', 'http://', 'null', ''])(
    'refuses the origin %j for the host localhost',
    async (origin) => {
      expect(await mayConnect(origin, { host: 'localhost' })).toBe(4403)
    },
  )

  it('allows an unusual scheme that is listed', async () => {
    const options = { origin: ['capacitor://localhost'] }
    expect(await mayConnect('capacitor://localhost', {}, options)).toBe('added')
    // URL gives the origin "null" for such a scheme.
    expect(await mayConnect('null', {}, options)).toBe(4403)
  })
})

// The text of the URL was compared with the origin, and never matched.
describe('an origin that is listed as a URL', () => {
  it.each(['https://example.org/', 'https://EXAMPLE.org', 'https://example.org:443'])('matches as %s', async (one) => {
    expect(await mayConnect('https://example.org', {}, { origin: [one] })).toBe('added')
    expect(await mayConnect('https://example.org.evil', {}, { origin: [one] })).toBe(4403)
  })
})
