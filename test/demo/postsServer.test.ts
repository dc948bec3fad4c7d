import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { WebSocket } from 'ws'
import { openDatabase } from '../../demo/posts/database.js'
import { createPosts } from '../../demo/posts/index.js'
import { openPostRepository } from '../../demo/posts/repository.js'
import { createPostRoutes, type PostRoutesOptions } from '../../demo/posts/routes.js'
import type { Post, PostPage } from '../../demo/src/posts/post.js'
import type { Bus } from '../../src/server/index.js'
import { startDemoProcess } from './process.js'

jest.setTimeout(60_000)

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'posts-'))
  file = path.join(folder, 'posts.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const json = { 'content-type': 'application/json' }

interface Reply<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

const ask = async <Body = { error: string }>(
  base: string,
  method: string,
  where: string,
  body?: unknown,
  headers: Record<string, string> = json,
): Promise<Reply<Body>> => {
  const text = typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body)
  const response = await fetch(base + where, { method, headers, ...(body !== undefined && { body: text }) })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
}

const serve = async (listener: RequestListener): Promise<{ url: string; http: Server } & AsyncDisposable> => {
  const http = createServer(listener)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    http,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** The routes over posts in memory; `steps` is what happened, in order. */
const startRoutes = async (given: Partial<PostRoutesOptions> = {}) => {
  const repository = openPostRepository(':memory:')
  const steps: string[] = []
  const reports: string[] = []
  const handle = createPostRoutes({
    repository: {
      ...repository,
      create: (post) => {
        steps.push('write')
        return repository.create(post)
      },
      update: (id, edit) => {
        steps.push('write')
        return repository.update(id, edit)
      },
    },
    publish: ({ action, post }) => {
      // Whoever hears of it can read it already.
      const held = repository.list().posts.find(({ id }) => id === post.id)
      steps.push(`publish ${action} ${held?.title} ${held?.version}`)
    },
    report: (what, error) => void reports.push(`${what}: ${(error as Error).message}`),
    ...given,
  })
  const server = await serve((request, response) => {
    const end = response.end.bind(response)
    response.end = ((chunk: string) => {
      steps.push(`reply ${response.statusCode}`)
      return end(chunk)
    }) as typeof response.end
    void handle(request, response)
  })
  return {
    steps,
    reports,
    url: server.url,
    ask: async <Body = { error: string }>(
      method: string,
      where: string,
      body?: unknown,
      headers?: Record<string, string>,
    ): Promise<Reply<Body>> => await ask(server.url, method, where, body, headers),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      repository.close()
    },
  }
}

describe('S8 a write', () => {
  it('is on the disk before it is published, and published before it is answered', async () => {
    await using routes = await startRoutes()
    expect((await routes.ask('POST', '/posts', { title: 'one' })).status).toBe(201)
    expect((await routes.ask('PATCH', '/posts/1', { title: 'two' })).status).toBe(200)

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

  it.each(failures)(
    'is answered all the same when publishing %s, and the failure is reported',
    async (_how, publish) => {
      await using routes = await startRoutes({ publish })
      const created = await routes.ask<Post>('POST', '/posts', { title: 'one' })
      expect(created).toMatchObject({ status: 201, body: { id: 1, title: 'one', version: 1 } })
      expect((await routes.ask('PATCH', '/posts/1', { body: 'text' })).status).toBe(200)
      expect((await routes.ask<PostPage>('GET', '/posts')).body.posts).toMatchObject([{ title: 'one', body: 'text' }])
      expect(routes.reports).toEqual([
        'post 1 was written, but not told to the pages: no bus',
        'post 1 was written, but not told to the pages: no bus',
      ])
    },
  )

  it('is answered all the same when publishing never ends', async () => {
    await using routes = await startRoutes({ publish: () => new Promise(() => {}) })
    expect((await routes.ask('POST', '/posts', { title: 'one' })).status).toBe(201)
  })

  it('is answered, and heard on this node, when the bus to the others fails', async () => {
    const bus: Bus = {
      publish: () => {
        throw new Error('no bus')
      },
      subscribe: () => () => {},
      close: () => {},
    }
    const reports: string[] = []
    const posts = createPosts({ database: ':memory:', report: (what) => void reports.push(what), bus })
    await using server = await serve((request, response) => void posts.handle(request, response))
    server.http.on('upgrade', posts.handleUpgrade)
    const client = new WebSocket(`${server.url.replace('http', 'ws')}/posts/live`)
    await once(client, 'open')
    const heard = once(client, 'message')
    const { status } = await ask(server.url, 'POST', '/posts', { title: 'one' })
    const [data] = (await heard) as [Buffer]

    expect(status).toBe(201)
    expect(JSON.parse(String(data))).toMatchObject({
      type: 'posts',
      payload: { action: 'create', post: { id: 1, title: 'one' } },
    })
    await posts.close()
    expect(reports).toContainEqual(expect.stringMatching(/^bus_failed: .*no bus/))
  })

  it('that fails is not published, and answered with 500', async () => {
    await using routes = await startRoutes({
      repository: {
        ...openPostRepository(':memory:'),
        create: () => {
          throw new Error('disk full')
        },
      },
    })
    expect(await routes.ask('POST', '/posts', { title: 'one' })).toMatchObject({
      status: 500,
      body: { error: 'The server failed; its terminal says why.' },
    })
    expect(routes.steps).toEqual(['reply 500'])
    expect(routes.reports).toEqual(['POST /posts failed: disk full'])
  })
})

describe('what is sent to /posts', () => {
  it('stays the text that it is: SQL, markup, emoji, other scripts', async () => {
    await using routes = await startRoutes()
    const title = `'); DROP TABLE posts; -- <b>"\\" 👩‍🚀 日本語 e\u0301`
    const created = await routes.ask<Post>('POST', '/posts', { title, body: 'line\nline\t\u{1F600}' })
    expect(created.body).toMatchObject({ title, body: 'line\nline\t\u{1F600}' })
    expect((await routes.ask<PostPage>('GET', '/posts')).body.posts).toEqual([created.body])
  })

  it.each([
    ['no title', { body: 'x' }, 'title'],
    ['a title of white space', { title: ' \n ' }, 'title'],
    ['a title too long', { title: 'x'.repeat(121) }, 'title'],
    ['a text too long', { title: 'x', body: 'x'.repeat(5001) }, 'body'],
    ['a NUL, which would end the text', { title: 'a\0b' }, 'title'],
    ['half an emoji, which is no UTF-8', { title: 'x', body: '\ud83d' }, 'body'],
    ['a number for a title', { title: 1 }, 'title'],
    ['an unknown key', { title: 'x', id: 7 }, 'id'],
    ['no object', null, ''],
  ])('is refused with a sentence when it has %s', async (_what, body, where) => {
    await using routes = await startRoutes()
    const answer = await routes.ask<{ error: string; issues: { path: string }[] }>('POST', '/posts', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatch(/^The post is not valid\. /)
    expect(answer.body.issues.map((issue) => issue.path)).toContain(where)
    expect(routes.steps).toEqual(['reply 400'])
  })

  it('is refused when it changes nothing, is no JSON, no UTF-8, or of another type', async () => {
    await using routes = await startRoutes()
    await routes.ask('POST', '/posts', { title: 'one' })
    expect((await routes.ask('PATCH', '/posts/1', {})).body.error).toContain('Give a title or a body.')
    expect((await routes.ask('POST', '/posts', '{')).status).toBe(400)
    expect((await routes.ask('POST', '/posts', Buffer.from([0xff]))).status).toBe(400)
    expect((await routes.ask('POST', '/posts', 'title=x', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await routes.ask('POST', '/posts', { title: 'x' }, { ...json, origin: 'http://elsewhere' })).status).toBe(
      403,
    )
    expect((await routes.ask('POST', '/posts', { title: 'x' }, { ...json, origin: routes.url })).status).toBe(201)
  })

  it('may be huge: it is refused unread, announced or not', async () => {
    await using routes = await startRoutes()
    expect(await routes.ask('POST', '/posts', 'x'.repeat(70_000))).toMatchObject({
      status: 413,
      body: { error: 'The body is too large: at most 65536 bytes.' },
    })
    const endless = httpRequest(`${routes.url}/posts`, { method: 'POST', headers: json })
    endless.on('error', () => {})
    const answered = once(endless, 'response')
    const feed = () => {
      if (!endless.destroyed) endless.write(Buffer.alloc(30_000), feed)
    }
    feed()
    const [response] = (await answered) as [{ statusCode: number; destroy: () => void }]
    expect(response.statusCode).toBe(413)
    response.destroy()
    endless.destroy()
  })

  it('may break off in the middle: nobody is answered, and the next one is served', async () => {
    await using routes = await startRoutes()
    const broken = httpRequest(`${routes.url}/posts`, { method: 'POST', headers: { ...json, 'content-length': '100' } })
    broken.on('error', () => {})
    broken.write('{"title"')
    broken.end = () => broken
    await new Promise((resolve) => broken.once('socket', (socket) => socket.once('connect', resolve)))
    broken.destroy()
    expect((await routes.ask('POST', '/posts', { title: 'next' })).status).toBe(201)
    expect(routes.steps).toEqual(['write', 'publish create next 1', 'reply 201'])
  })

  it('leads somewhere, or is told that it does not', async () => {
    await using routes = await startRoutes()
    expect(await routes.ask('PATCH', '/posts/7', { title: 'x' })).toMatchObject({
      status: 404,
      body: { error: 'There is no post 7.' },
    })
    for (const where of ['/posts/0', '/posts/-1', '/posts/x', `/posts/${'9'.repeat(40)}`, '/posts/1/x'])
      expect((await routes.ask('PATCH', where, { title: 'x' })).status).toBe(404)
    const refused = await routes.ask('DELETE', '/posts')
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, POST'])
    expect((await routes.ask('GET', '/posts/1')).status).toBe(405)
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'limit=1e2', 'before=0', 'before='])
      expect((await routes.ask('GET', `/posts?${query}`)).status).toBe(400)
  })
})

describe('posts in a file', () => {
  it('are listed the newest first, page by page, whatever order they were edited in', () => {
    let now = 1000
    const posts = openPostRepository(file, () => now)
    for (const title of ['one', 'two', 'three']) posts.create({ title, body: '' })
    now = 500
    expect(posts.update(1, { title: 'uno' })).toEqual({
      id: 1,
      title: 'uno',
      body: '',
      createdAt: 1000,
      // The clock was set back, and the post is not older than itself.
      updatedAt: 1000,
      version: 2,
    })
    expect(posts.update(4, { title: 'nobody' })).toBeUndefined()
    const first = posts.list({ limit: 2 })
    expect([first.posts.map(({ title }) => title), first.hasOlder]).toEqual([['three', 'two'], true])
    const second = posts.list({ limit: 2, before: 2 })
    expect([second.posts.map(({ title }) => title), second.hasOlder]).toEqual([['uno'], false])
    posts.close()
  })

  it('are still there when it is opened again, and their numbers go on', () => {
    const before = openPostRepository(file)
    before.create({ title: 'kept', body: 'text' })
    before.close()
    before.close()
    const after = openPostRepository(file)
    expect(after.list().posts).toMatchObject([{ id: 1, title: 'kept', body: 'text' }])
    expect(after.create({ title: 'next', body: '' }).id).toBe(2)
    after.close()
  })

  it('may be ten thousand: a list is bounded, and quick', () => {
    const { db, close } = openDatabase(file)
    db.exec(`INSERT INTO posts (title, body, createdAt, updatedAt)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT 'post ' || i, 'text', i, i FROM n`)
    close()
    const posts = openPostRepository(file)
    const startedAt = performance.now()
    for (let round = 0; round < 20; round += 1) posts.list({ before: 5000 })
    // About 1 ms each here; a scan of all would take fifty times that.
    expect((performance.now() - startedAt) / 20).toBeLessThan(50)
    expect(posts.list().posts).toHaveLength(50)
    expect(posts.list({ limit: 1_000_000 }).posts).toHaveLength(500)
    expect(posts.list().posts[0]).toMatchObject({ id: 10_000, title: 'post 10000' })
    posts.close()
  })
})

describe('a database file', () => {
  const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid

  it('is one process’s at a time', () => {
    const first = openDatabase(file)
    expect(() => openDatabase(file)).toThrow(`${file} is in use by process ${process.pid}. End that one`)
    first.close()
    openDatabase(file).close()
    writeFileSync(`${file}.pid`, `${process.ppid} 1`)
    expect(() => openDatabase(file)).toThrow(`in use by process ${process.ppid}`)
  })

  it.each([
    ['has ended', () => `${deadPid()} 1`],
    ['had our id, as in a container started again', () => `${process.pid} 1`],
    ['was killed before it could say who it is', () => ''],
  ])('is taken over, lock and all, from a process that %s', (_what, note) => {
    openDatabase(file).close()
    mkdirSync(`${file}.lock`)
    writeFileSync(`${file}.pid`, note())
    const { db, close } = openDatabase(file)
    expect(db.all('SELECT * FROM posts')).toEqual([])
    close()
    expect([existsSync(`${file}.lock`), existsSync(`${file}.pid`)]).toEqual([false, false])
  })

  it('is whole again after a process that was killed in the middle of a write', () => {
    const program = `
      const { importSource } = await import('./demo/source.mjs')
      const { db } = (await importSource('posts/database.ts')).openDatabase(${JSON.stringify(file)})
      db.exec(\`INSERT INTO posts (title, body, createdAt, updatedAt)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT 'before', hex(zeroblob(250)), i, i FROM n\`)
      // So little room in memory that the change goes to the disk before it is complete.
      db.exec("PRAGMA cache_size = 2; BEGIN; UPDATE posts SET title = 'after', body = body || body")
      process.kill(process.pid, 'SIGKILL')`
    const cwd = path.resolve(__dirname, '../..')
    const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd,
      encoding: 'utf8',
    })
    expect([signal, stderr]).toEqual(['SIGKILL', ''])

    const { db, close } = openDatabase(file)
    expect(db.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    expect(db.all('SELECT title, count(*) AS count FROM posts GROUP BY title')).toEqual([
      { title: 'before', count: 3000 },
    ])
    close()
  })

  it('that is none is refused, and let go of', () => {
    writeFileSync(file, 'not a database at all, but long enough to have a header, or so one would think at first')
    expect(() => openDatabase(file)).toThrow('file is not a database')
    expect([existsSync(`${file}.lock`), existsSync(`${file}.pid`)]).toEqual([false, false])
  })
})

describe('npm run demo', () => {
  it('killed while it writes, has every post that it answered, and starts again', async () => {
    const first = await startDemoProcess(0, undefined, file)
    const answered: Post[] = []
    const enough = new Promise<void>((resolve) => {
      const write = async (): Promise<void> => {
        const answer = await ask<Post>(first.url, 'POST', '/posts', { title: `post ${answered.length}` }).catch(
          () => {},
        )
        if (!answer) return
        answered.push(answer.body)
        if (answered.length === 40) resolve()
        return await write()
      }
      for (let writers = 0; writers < 8; writers += 1) void write()
    })
    await enough
    await first.kill()
    expect(existsSync(`${file}.lock`)).toBe(true)

    await using again = await startDemoProcess(0, undefined, file)
    const { posts } = (await ask<PostPage>(again.url, 'GET', '/posts?limit=500')).body
    expect(posts).toEqual(expect.arrayContaining(answered))
    expect(posts.map(({ id }) => id)).toEqual(posts.map((_, index) => posts.length - index))
    expect(await again.stop('SIGTERM')).toBe(0)
    const { db, close } = openDatabase(file)
    expect(db.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
    close()
  })

  it('says so when the database that was chosen is in use, or is none', async () => {
    await using first = await startDemoProcess(0, undefined, file)
    expect((await ask(first.url, 'POST', '/posts', { title: 'one' })).status).toBe(201)
    await expect(startDemoProcess(0, undefined, file)).rejects.toThrow(
      `exit code 1: demo: ${file} is in use by process`,
    )
    const none = path.join(folder, 'none.db')
    writeFileSync(none, 'no database, no database, no database, no database, no database, no database, no database')
    await expect(startDemoProcess(0, undefined, none)).rejects.toThrow(
      `exit code 1: demo: the database ${none} cannot be opened: file is not a database`,
    )
  })

  it('S2 S9 has posts, page and echo on one port, by HTTP and WebSocket side by side', async () => {
    await using demo = await startDemoProcess()
    const base = demo.url.replace('http', 'ws')
    const [live, echo] = [new WebSocket(`${base}/posts/live`), new WebSocket(`${base}/ws`)]
    await Promise.all([once(live, 'open'), once(echo, 'open')])
    const echoed = once(echo, 'message')
    echo.send('echo')
    expect(String((await echoed)[0])).toBe('echo')
    expect((await fetch(demo.url)).status).toBe(200)
    const heard = once(live, 'message')
    expect((await ask(demo.url, 'POST', '/posts', { title: 'one' })).status).toBe(201)
    expect(JSON.parse(String((await heard)[0]))).toMatchObject({ type: 'posts' })
    const [error] = (await once(new WebSocket(`${base}/posts/other`), 'error')) as [Error]
    expect(error.message).toContain('404')
    live.terminate()
    echo.terminate()
  })

  it('S5 S6 tells all pages by name, the writer’s own included, and nothing comes of what they send', async () => {
    await using demo = await startDemoProcess()
    const clients = [1, 2, 3].map(() => new WebSocket(`${demo.url.replace('http', 'ws')}/posts/live`))
    await Promise.all(clients.map((client) => once(client, 'open')))
    const heard = Promise.all(clients.map((client) => once(client, 'message')))
    for (const client of clients)
      client.send(JSON.stringify({ type: 'posts', payload: { action: 'create', post: {} } }))
    const { body: post } = await ask<Post>(demo.url, 'POST', '/posts', { title: 'one' })
    const expected = { type: 'posts', payload: { action: 'create', post } }
    expect((await heard).map(([data]) => JSON.parse(String(data)) as unknown)).toEqual([expected, expected, expected])
    for (const client of clients) client.terminate()
  })
})
