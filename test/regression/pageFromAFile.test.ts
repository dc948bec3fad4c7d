import { describe, expect, it } from '@jest/globals'
import type { SocketServerOptions } from '../../src/server/index.js'
import { createQueue, run } from '../server/support.js'

const mayConnect = async (origin: string, headers: Record<string, string>, options: SocketServerOptions = {}) => {
  await using running = await run(options)
  const added = createQueue<string>()
  running.server.on('add', () => added.push('added'))
  const client = await running.dial('/', { headers: { origin, ...headers } })
  return await Promise.race([added.next(), client.closed.then(({ code }) => code)])
}

// To URL the host of file://localhost is none, and so is that of the origin file://.
describe('a page that is no web page', () => {
  it.each(['file://', 'file://localhost', 'capacitor://localhost', 'http://', 'null', ''])(
    '%j is not of localhost',
    async (origin) => {
      expect(await mayConnect(origin, { host: 'localhost' })).toBe(4403)
    },
  )

  it('may connect where it is listed', async () => {
    const options = { origin: ['capacitor://localhost'] }
    expect(await mayConnect('capacitor://localhost', {}, options)).toBe('added')
    // The origin of such a URL is the text null.
    expect(await mayConnect('null', {}, options)).toBe(4403)
  })
})

// It was compared as a text, and so never matched.
describe('an origin that is listed as a URL', () => {
  it.each(['https://example.org/', 'https://EXAMPLE.org', 'https://example.org:443'])(
    '%s is that origin',
    async (one) => {
      expect(await mayConnect('https://example.org', {}, { origin: [one] })).toBe('added')
      expect(await mayConnect('https://example.org.evil', {}, { origin: [one] })).toBe(4403)
    },
  )
})
