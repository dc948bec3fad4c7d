import { request } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { createSocketServer, type SocketServerSettings } from '../../src/server/index.js'
import { startOnHttp, startServer } from './support.js'

const closeOf = async (options: SocketServerSettings, headers: Record<string, string>, count = 1) => {
  await using running = await startServer(options)
  let closed: unknown = 'added'
  for (let turn = 0; turn < count; turn++) {
    const added = new Promise<'added'>((resolve) => void running.server.on('add', () => resolve('added')))
    const client = await running.connect('/', { headers })
    closed = await Promise.race([added, client.closed])
  }
  return { closed, problems: running.problems.all.map(({ code, message }) => `${code}: ${message}`) }
}

const refused = { code: 4403, reason: 'host not allowed' }

describe('the option hosts', () => {
  it.each<[string, SocketServerSettings['hosts'], 'added' | object]>([
    ['example.org', ['example.org'], 'added'],
    ['EXAMPLE.org:8080', ['example.ORG'], 'added'],
    ['example.org.', ['example.org'], 'added'],
    ['example.org:8080', ['example.org:8080'], 'added'],
    ['example.org:8081', ['example.org:8080'], refused],
    ['example.org', ['example.org:8080'], refused],
    ['[::1]:8080', ['[::1]'], 'added'],
    ['evil.example', ['example.org', 'localhost'], refused],
    ['evil-example.org', ['example.org'], refused],
    ['example.org@evil.example', ['example.org'], refused],
    ['example.org/evil.example', ['example.org'], refused],
    ['example.org:80:80', ['example.org'], refused],
    ['evil.example', [], refused],
    ['evil.example', undefined, 'added'],
    ['example.org', (host) => host === 'example.org', 'added'],
    ['evil.example', (host) => host === 'example.org', refused],
    ['evil.example', (async () => await Promise.resolve(false)) as never, refused],
  ])('answers a request for the host %s by the list %p', async (host, hosts, expected) => {
    const { closed } = await closeOf({ ...(hosts && { hosts }), origin: false }, { host })
    expect(closed).toEqual(expected)
  })

  it('refuses a page whose own name resolves to the server (DNS rebinding), and reports it once', async () => {
    const headers = { host: 'evil.example:8080', origin: 'http://evil.example:8080' }
    expect((await closeOf({}, headers)).closed).toBe('added')
    expect(await closeOf({ hosts: ['localhost'] }, headers, 2)).toEqual({
      closed: refused,
      problems: [
        'host_refused: A request for the host "evil.example:8080" was refused: the option "hosts" does not allow it. Further ones are not reported.',
      ],
    })
  })

  it('reads the host that the proxy reports with trustProxy, and ignores it without', async () => {
    const headers = { host: 'inner', 'x-forwarded-host': 'evil.example, example.org' }
    expect((await closeOf({ hosts: ['example.org'], trustProxy: true }, headers)).closed).toBe('added')
    expect((await closeOf({ hosts: ['example.org'] }, headers)).closed).toEqual(refused)
  })

  it('applies to calls over HTTP', async () => {
    await using running = await startOnHttp(undefined, { hosts: ['example.org'] })
    running.http.removeAllListeners('request').on('request', (req, res) => void running.server.handleHttp(req, res))
    running.server.methods({ add: ([a, b]: [number, number]) => a + b })
    const statusFor = async (host: string): Promise<number | undefined> =>
      await new Promise((resolve, reject) => {
        const headers = { host, 'content-type': 'application/json' }
        request(running.origin, { method: 'POST', headers }, (res) => resolve(res.resume().statusCode))
          .on('error', reject)
          .end('{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}')
      })
    expect([await statusFor('example.org'), await statusFor('evil.example')]).toEqual([200, 403])
  })

  it.each([[['https://example.org']], [['example.org/']], [['']], [['a b']], [[1]], ['example.org'], [true]])(
    'throws invalid_option for %p',
    (hosts) => {
      expect(() => createSocketServer({ noServer: true, hosts: hosts as never })).toThrow(
        expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('"hosts"') }),
      )
    },
  )
})

describe('a page that is refused because of its origin', () => {
  const host = 'example.org'

  it.each<[SocketServerSettings['origin'], string]>([
    [undefined, 'it is not of the host "example.org", and the option "origin" does not list it'],
    [['https://app.example'], 'the option "origin" does not list it'],
    [() => false, 'the predicate "origin" did not return true'],
  ])('is reported once, with why, for the option %p', async (origin, why) => {
    const { closed, problems } = await closeOf(
      { ...(origin && { origin }) },
      { host, origin: 'http://evil.example' },
      3,
    )
    expect(closed).toEqual({ code: 4403, reason: 'origin not allowed' })
    expect(problems).toEqual([
      `origin_refused: A page of "http://evil.example" was refused: ${why}. Further ones are not reported.`,
    ])
  })

  it('puts no control character into the report', async () => {
    const { problems } = await closeOf({}, { host: 'a\x9bb', origin: `http://a\x9b31m"${'x'.repeat(500)}` })
    expect(problems[0]).toMatch(/^[\x20-\x7e]{1,400}$/)
  })
})
