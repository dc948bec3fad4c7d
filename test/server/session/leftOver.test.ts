import { describe, expect, it } from '@jest/globals'
import { SessionClient } from '../../support/session/sessionClient.js'
import { startServer } from '../support.js'

// A page is gone, and another page ends its session: `hello` with `end`.

type Stored = Pick<SessionClient, 'url' | 'key' | 'acked' | 'sent'>

/** Another page with what the first one has stored. */
const pageAfter = async ({ acked, key, sent, url }: Stored, more: object = {}) => {
  const page = new SessionClient(url)
  await page.open()
  page.control({ ...page.hello(), key: key!, turn: 1, received: 0, acked, sent, end: true, ...more })
  await page.until(() => page.controls.length > 0 || page.ws?.readyState !== 1)
  return { page, welcome: page.last('welcome') }
}

const said = (payload: unknown) => ({ type: 'said', payload })

const startSaid = async (session: object = {}) => {
  const started = await startServer({ session })
  const handled: unknown[] = []
  started.server.onMessage('said', (payload) => void handled.push(payload))
  const client = new SessionClient(started.url)
  const { id } = (await client.connect())!
  return { client, handled, id, started }
}

describe('a session whose page is gone', () => {
  it('is ended by another page, which learns how much was taken', async () => {
    const { client, id, started } = await startSaid({ ackInterval: 60_000 })
    await using _ = started
    const removed = new Promise<string>((resolve) =>
      started.server.on('remove', (connection, end) => connection.id === id && resolve(end.reason)),
    )
    client.send(said(1))
    client.send(said(2))
    client.send({ jsonrpc: '2.0', id: 1, method: 'missing' })
    await client.until(() => client.frames.length === 1)
    await client.cut()
    // It had not been acknowledged to the first page, and was stored with one more, which has not left it.
    const { welcome } = await pageAfter(client, { sent: 4 })
    expect(welcome).toMatchObject({ resumed: false, acked: 3, ended: true })
    expect([welcome?.id === id, await removed]).toEqual([false, 'left'])
  })

  it('gets the same answer when it is asked to end again, on the session of which nothing was taken too', async () => {
    const { client, started } = await startSaid()
    await using _ = started
    const { acked, key, sent, url } = client
    const stored = { acked, key, sent, url }
    const answers = [await pageAfter(stored), await pageAfter(stored), await pageAfter(stored, { turn: 9 })]
    expect(answers.map(({ welcome }) => [welcome?.resumed, (welcome as { ended?: boolean }).ended])).toEqual(
      answers.map(() => [false, true]),
    )
    expect(await client.closed).toMatchObject({ code: 4409 })
  })

  it('takes nothing more from the socket of the page that is gone', async () => {
    const { client, handled, started } = await startSaid()
    await using _ = started
    const { page, welcome } = await pageAfter(client)
    client.ws!.send(JSON.stringify(said('late')))
    await client.closed
    page.send(said('mine'))
    await page.until(() => page.acked === 1)
    expect([welcome?.resumed, handled]).toEqual([false, ['mine']])
  })

  it('is ended after it was lost, as long as the server knows of it', async () => {
    const { client, started } = await startSaid({ ttl: 20, ackInterval: 60_000 })
    await using _ = started
    const removed = new Promise<string>((resolve) =>
      started.server.on('remove', (_connection, end) => resolve(end.reason)),
    )
    client.send(said(1))
    client.send({ jsonrpc: '2.0', id: 1, method: 'missing' })
    await client.until(() => client.frames.length === 1)
    await client.cut()
    expect(await removed).toBe('expired')
    expect((await pageAfter(client)).welcome).toMatchObject({ resumed: false, acked: 2, ended: true })
  })

  it('is not ended by a page that knows of more than the server has handled, and an unknown one is not either', async () => {
    const { client, started } = await startSaid()
    await using _ = started
    expect((await pageAfter(client, { key: 'unknown' })).welcome).not.toHaveProperty('ended')
    const { welcome } = await pageAfter(client, { acked: 1, sent: 1 })
    expect(welcome).toMatchObject({ resumed: false })
    expect(welcome).not.toHaveProperty('ended')
  })

  it('is not ended by another owner', async () => {
    const started = await startServer({
      authorize: ({ url = '' }: { readonly url?: string | undefined }) => ({
        name: url.includes('eve') ? 'eve' : 'ann',
      }),
      session: { owner: (user: unknown) => (user as { name: string }).name },
    })
    await using _ = started
    const client = new SessionClient(started.url)
    await client.connect()
    const eve = new SessionClient(`${started.url}?eve`)
    eve.key = client.key
    await eve.open()
    eve.control({ ...eve.hello(), end: true })
    await eve.until(() => eve.controls.length > 0)
    expect(eve.last('welcome')).not.toHaveProperty('ended')
    expect((await client.connect())?.resumed).toBe(true)
  })
})
