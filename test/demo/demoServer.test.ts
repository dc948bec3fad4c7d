/** @jest-environment ./test/env/demo.cjs */
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import type { Post } from '../../demo/src/posts/post.js'
import { runFault } from './support/inspectorPage.js'
import { startDemo } from './support/host.js'
import { followPosts, request } from './support/postsServer.js'

/** Opens a WebSocket on a path of the demo. */
const openSocket = async (url: string, path: string): Promise<WebSocket> => {
  const client = new WebSocket(url.replace('http', 'ws') + path)
  await once(client, 'open')
  return client
}

const faultStatus = async (url: string): Promise<unknown> => (await fetch(`${url}/faults`)).json()

describe('the demo server', () => {
  it('serves the page, its scripts, styles and source maps, the texts that it links to, and no other files', async () => {
    await using demo = await startDemo()
    const found = [
      '/',
      '/app.js',
      '/app.js.map',
      '/app.dev.js',
      '/styles.css',
      '/styles.css.map',
      '/source/docs/rpc.md',
    ]
    const missing = ['/package.json', '/../package.json', '/source/package.json', '/source/src/../package.json']
    const paths = [...found, ...missing, '/source/demo/.data/posts.md', '/source/docs/missing.md']

    const statuses = await Promise.all(paths.map(async (path) => (await fetch(demo.url + path)).status))

    expect(statuses).toEqual([...found.map(() => 200), 404, 404, 404, 404, 404, 404])
  })

  it('echoes text and bytes unchanged', async () => {
    await using demo = await startDemo()
    const client = await openSocket(demo.url, '/ws/any/room')
    const received: unknown[] = []
    const both = new Promise<void>((resolve) => {
      client.on('message', (data: Buffer, isBinary) => {
        received.push(isBinary ? [...data] : data.toString())
        if (received.length === 2) resolve()
      })
    })
    client.send('not { JSON')
    client.send(new Uint8Array([0, 255]))
    await both

    expect(received).toEqual(['not { JSON', [0, 255]])
    client.terminate()
  })

  it('serves the posts, the page and the echo on one port, over HTTP and WebSocket', async () => {
    await using demo = await startDemo()
    const [live, echo] = await Promise.all([openSocket(demo.url, '/posts/live'), openSocket(demo.url, '/ws')])
    const echoed = once(echo, 'message')
    echo.send('echo')
    expect(String((await echoed)[0])).toBe('echo')
    expect((await fetch(demo.url)).status).toBe(200)
    await followPosts(live)
    const received = once(live, 'message')
    expect((await request(`${demo.url}/posts`, 'POST', { title: 'one' })).status).toBe(201)
    expect(JSON.parse(String((await received)[0]))).toMatchObject({ method: '$/push', params: { channel: 'posts' } })
    const unknown = new WebSocket(`${demo.url.replace('http', 'ws')}/posts/other`)
    const [error] = (await once(unknown, 'error')) as [Error]
    expect(error.message).toContain('404')
    live.terminate()
    echo.terminate()
  })

  it('sends each post to all pages, the page of the writer included, and ignores what pages send', async () => {
    await using demo = await startDemo()
    const clients = await Promise.all([1, 2, 3].map(async () => openSocket(demo.url, '/posts/live')))
    await Promise.all(clients.map(followPosts))
    const received = Promise.all(clients.map((client) => once(client, 'message')))
    for (const client of clients)
      client.send(JSON.stringify({ type: 'posts', payload: { action: 'create', post: {} } }))
    const { body: post } = await request<Post>(`${demo.url}/posts`, 'POST', { title: 'one' })
    const params = { id: 'posts#1', channel: 'posts', data: { action: 'create', post }, offset: 1 }
    const expected = { jsonrpc: '2.0', method: '$/push', params }
    const messages = (await received).map(([data]) => JSON.parse(String(data)) as unknown)
    expect(messages).toEqual([expected, expected, expected])
    for (const client of clients) client.terminate()
  })
})

describe('the fault switches of the server', () => {
  it('slow: echoes arrive at a limited rate until the server is fast again', async () => {
    await using demo = await startDemo()
    const client = await openSocket(demo.url, '/ws')
    expect(await runFault(demo.url, 'slow')).toBe(200)
    expect(await faultStatus(demo.url)).toMatchObject({ isSlow: true })

    const sent = Buffer.alloc(1_000_000, 'slow')
    const startedAt = performance.now()
    client.send(sent)
    const [echo] = (await once(client, 'message')) as [Buffer]
    expect(echo.equals(sent)).toBe(true)
    // 200 ms at 5 MB/s; the pause after the last chunk does not count.
    expect(performance.now() - startedAt).toBeGreaterThan(150)

    expect(await runFault(demo.url, 'fast')).toBe(200)
    expect(await faultStatus(demo.url)).toMatchObject({ isSlow: false })
    client.terminate()
  })

  it('refuse: new connections are answered with 503 until the time is over', async () => {
    await using demo = await startDemo()
    const startedAt = performance.now()
    expect(await runFault(demo.url, 'refuse', { seconds: 1 })).toBe(200)
    let refused = 0
    for (;;) {
      const client = new WebSocket(`${demo.url.replace('http', 'ws')}/ws`)
      const [result] = (await Promise.race([
        once(client, 'open').then(() => ['open']),
        new Promise<[Error]>((resolve) => client.once('error', (error) => resolve([error]))),
      ])) as [unknown]
      client.terminate()
      if (result === 'open') break
      expect(String(result)).toContain('503')
      refused += 1
    }
    expect(refused).toBeGreaterThan(0)
    expect(performance.now() - startedAt).toBeGreaterThan(990)
  })

  it('are for the page itself: a request of another origin is answered with 403', async () => {
    await using demo = await startDemo()
    const statusFrom = async (origin: string) =>
      (await fetch(`${demo.url}/faults/drop`, { method: 'POST', headers: { origin } })).status

    expect(await statusFrom('http://elsewhere.example')).toBe(403)
    expect(await statusFrom(demo.url)).toBe(200)
  })

  it('answer an unknown fault and invalid options with an error', async () => {
    await using demo = await startDemo()
    const names = ['unknown', 'toString', 'status', 'close', 'burst']

    const statuses = await Promise.all(names.map(async (name) => runFault(demo.url, name)))

    expect(statuses).toEqual([404, 404, 404, 400, 400])
  })
})
