import { describe, expect, it } from '@jest/globals'
import { startServer } from '../../server/support.js'

// A client with many addresses bypassed the limit.
describe('maxConnectionsPerIp', () => {
  it.each([
    ['of one IPv6 network', '2001:db8::1', '2001:db8:0:0:ffff::2'],
    ['with ports, as some proxies write them', '1.2.3.4:1000', '1.2.3.4:1001'],
    ['with ports of an IPv6 address', '[2001:db8::1]:1000', '2001:DB8::1'],
  ])('counts addresses %s together', async (_, first, second) => {
    await using running = await startServer({ maxConnectionsPerIp: 1, trustProxy: true })
    await running.connect('/', { headers: { 'x-forwarded-for': first } })
    const client = await running.connect('/', { headers: { 'x-forwarded-for': second } })
    expect(await client.closed).toMatchObject({ code: 4429 })
  })

  it.each([
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:5:5:6:7:8'],
    ['::1', '1::'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.5'],
    ['1.2.3.4', '1.2.3.5'],
  ])('counts %s and %s separately', async (first, second) => {
    await using running = await startServer({ maxConnectionsPerIp: 1, trustProxy: true })
    for (const address of [first, second]) {
      const client = await running.connect('/', { headers: { 'x-forwarded-for': address } })
      client.ws.send('ping')
      expect(await client.next()).toBe('pong')
    }
  })
})
