import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { createPosts } from '../../demo/posts/index.js'
import { openPostRepository } from '../../demo/posts/repository.js'
import type { Post, PostPage } from '../../demo/src/posts/post.js'
import type { Bus } from '../../src/server/index.js'
import { serve, startRoutes } from './support/postRoutes.js'
import { followPosts, request } from './support/postsServer.js'

const json = { 'content-type': 'application/json' }

describe('a write', () => {
  it('is stored before it is published, and published before it is answered', async () => {
    await using routes = await startRoutes()
    expect((await routes.request('POST', '/posts', { title: 'one' })).status).toBe(201)
    expect((await routes.request('PATCH', '/posts/1', { title: 'two' })).status).toBe(200)

    expect(routes.steps).toEqual([
      'write',
      'publish create one 1',
      'reply 201',
      'write',
      'publish update two 2',
      'reply 200',
    ])
  })

  const failures: [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('no bus')
      },
    ],
    ['rejects', async () => await Promise.reject(new Error('no bus'))],
  ]

  it.each(failures)('is answered with success when publishing %s, and the error is reported', async (_how, publish) => {
    await using routes = await startRoutes({ publish })
    const created = await routes.request<Post>('POST', '/posts', { title: 'one' })
    expect(created).toMatchObject({ status: 201, body: { id: 1, title: 'one', version: 1 } })
    expect((await routes.request('PATCH', '/posts/1', { body: 'text' })).status).toBe(200)
    expect((await routes.request<PostPage>('GET', '/posts')).body.posts).toMatchObject([{ title: 'one', body: 'text' }])
    expect(routes.errors).toEqual([
      'post 1 was written but could not be published: no bus',
      'post 1 was written but could not be published: no bus',
    ])
  })

  it('is answered with success when publishing never ends', async () => {
    await using routes = await startRoutes({ publish: () => new Promise(() => {}) })
    expect((await routes.request('POST', '/posts', { title: 'one' })).status).toBe(201)
  })

  it('is answered, and received by clients of this node, when the bus to the others fails', async () => {
    const bus: Bus = {
      publish: () => {
        throw new Error('no bus')
      },
      subscribe: () => () => {},
      close: () => {},
    }
    const errors: string[] = []
    const posts = createPosts({ database: ':memory:', onError: (message) => void errors.push(message), bus })
    await using server = await serve((incoming, response) => void posts.handle(incoming, response))
    server.http.on('upgrade', posts.handleUpgrade)
    const client = new WebSocket(`${server.url.replace('http', 'ws')}/posts/live`)
    await once(client, 'open')
    await followPosts(client)
    const received = once(client, 'message')
    const { status } = await request(`${server.url}/posts`, 'POST', { title: 'one' })
    const [data] = (await received) as [Buffer]

    expect(status).toBe(201)
    expect(JSON.parse(String(data))).toMatchObject({
      method: '$/push',
      params: { channel: 'posts', data: { action: 'create', post: { id: 1, title: 'one' } }, offset: 1 },
    })
    await posts.close()
    expect(errors).toContainEqual(expect.stringMatching(/^bus_failed: .*no bus/))
  })

  it('is not published, and is answered with 500, when it fails', async () => {
    await using routes = await startRoutes({
      repository: {
        ...openPostRepository(':memory:'),
        create: () => {
          throw new Error('disk full')
        },
      },
    })
    expect(await routes.request('POST', '/posts', { title: 'one' })).toMatchObject({
      status: 500,
      body: { error: 'The server failed. See its terminal for the error.' },
    })
    expect(routes.steps).toEqual(['reply 500'])
    expect(routes.errors).toEqual(['POST /posts failed: disk full'])
  })
})

describe('the body of a write', () => {
  it('is stored unchanged: SQL, markup, emoji, other scripts', async () => {
    await using routes = await startRoutes()
    const title = `'); DROP TABLE posts; -- <b>"\\" 👩‍🚀 日本語 e\u0301`
    const created = await routes.request<Post>('POST', '/posts', { title, body: 'line\nline\t\u{1F600}' })
    expect(created.body).toMatchObject({ title, body: 'line\nline\t\u{1F600}' })
    expect((await routes.request<PostPage>('GET', '/posts')).body.posts).toEqual([created.body])
  })

  it.each([
    ['no title', { body: 'x' }, 'title'],
    ['a title of white space', { title: ' \n ' }, 'title'],
    ['a title that is too long', { title: 'x'.repeat(121) }, 'title'],
    ['a text that is too long', { title: 'x', body: 'x'.repeat(5001) }, 'body'],
    ['a NUL, which would cut the text', { title: 'a\0b' }, 'title'],
    ['an unpaired surrogate, which has no UTF-8 encoding', { title: 'x', body: '\ud83d' }, 'body'],
    ['a number as its title', { title: 1 }, 'title'],
    ['an unknown key', { title: 'x', id: 7 }, 'id'],
    ['no object', null, ''],
  ])('is rejected with a sentence when it has %s', async (_what, body, invalid) => {
    await using routes = await startRoutes()
    const reply = await routes.request<{ error: string; issues: { path: string }[] }>('POST', '/posts', body)
    expect(reply.status).toBe(400)
    expect(reply.body.error).toMatch(/^The post is not valid\. /)
    expect(reply.body.issues.map((issue) => issue.path)).toContain(invalid)
    expect(routes.steps).toEqual(['reply 400'])
  })

  it('is rejected when it changes nothing, is not JSON, not UTF-8, of another type, or of another origin', async () => {
    await using routes = await startRoutes()
    await routes.request('POST', '/posts', { title: 'one' })
    const statusOf = async (body: unknown, headers: Record<string, string>) =>
      (await routes.request('POST', '/posts', body, headers)).status
    expect((await routes.request('PATCH', '/posts/1', {})).body.error).toContain('Expected a title or a body.')
    expect(await statusOf('{', json)).toBe(400)
    expect(await statusOf(Buffer.from([0xff]), json)).toBe(400)
    expect(await statusOf('title=x', { 'content-type': 'text/plain' })).toBe(415)
    expect(await statusOf({ title: 'x' }, { ...json, origin: 'http://elsewhere' })).toBe(403)
    expect(await statusOf({ title: 'x' }, { ...json, origin: routes.url })).toBe(201)
  })

  it('is rejected without being read when it is too large, with or without a content length', async () => {
    await using routes = await startRoutes()
    expect(await routes.request('POST', '/posts', 'x'.repeat(70_000))).toMatchObject({
      status: 413,
      body: { error: 'The body is too large. The limit is 65536 bytes.' },
    })
    const endless = httpRequest(`${routes.url}/posts`, { method: 'POST', headers: json })
    endless.on('error', () => {})
    const responded = once(endless, 'response')
    const feed = () => {
      if (!endless.destroyed) endless.write(Buffer.alloc(30_000), feed)
    }
    feed()
    const [response] = (await responded) as [{ statusCode: number; destroy: () => void }]
    expect(response.statusCode).toBe(413)
    response.destroy()
    endless.destroy()
  })

  it('is ignored when the client aborts the request, and the next request is answered', async () => {
    await using routes = await startRoutes()
    const aborted = httpRequest(`${routes.url}/posts`, {
      method: 'POST',
      headers: { ...json, 'content-length': '100' },
    })
    aborted.on('error', () => {})
    aborted.write('{"title"')
    aborted.end = () => aborted
    await new Promise((resolve) => aborted.once('socket', (socket) => socket.once('connect', resolve)))
    aborted.destroy()
    expect((await routes.request('POST', '/posts', { title: 'next' })).status).toBe(201)
    expect(routes.steps).toEqual(['write', 'publish create next 1', 'reply 201'])
  })
})

it('an unknown post, path, method or query is answered with an error', async () => {
  await using routes = await startRoutes()
  expect(await routes.request('PATCH', '/posts/7', { title: 'x' })).toMatchObject({
    status: 404,
    body: { error: 'Post 7 does not exist.' },
  })
  for (const path of ['/posts/0', '/posts/-1', '/posts/x', `/posts/${'9'.repeat(40)}`, '/posts/1/x'])
    expect((await routes.request('PATCH', path, { title: 'x' })).status).toBe(404)
  const refused = await routes.request('DELETE', '/posts')
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, POST'])
  expect((await routes.request('GET', '/posts/1')).status).toBe(405)
  for (const query of ['limit=0', 'limit=501', 'limit=x', 'limit=1e2', 'before=0', 'before='])
    expect((await routes.request('GET', `/posts?${query}`)).status).toBe(400)
})
