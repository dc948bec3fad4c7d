/** @jest-environment ./test/env/demo.cjs */
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { openDatabase } from '../../demo/posts/database.js'
import type { Post, PostPage } from '../../demo/src/posts/post.js'
import { startDemoProcess } from './support/demoProcess.js'
import { startDemo } from './support/host.js'
import { request } from './support/postsServer.js'

let folder: string
let database: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'posts-'))
  database = path.join(folder, 'posts.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Writes posts with several writers until the server is gone. Resolves after 40 replies; further ones are added to the list. */
const writeUntilGone = async (url: string): Promise<Post[]> => {
  const replies: Post[] = []
  await new Promise<void>((resolve) => {
    const write = async (): Promise<void> => {
      const title = `post ${replies.length}`
      const reply = await request<Post>(`${url}/posts`, 'POST', { title }).catch(() => undefined)
      if (!reply) return
      replies.push(reply.body)
      if (replies.length === 40) resolve()
      return await write()
    }
    for (let writers = 0; writers < 8; writers += 1) void write()
  })
  return replies
}

describe('npm run demo', () => {
  it('exits with 0 on SIGTERM while connections are open', async () => {
    await using demo = await startDemoProcess()
    const client = new WebSocket(`ws://127.0.0.1:${demo.port}/ws`)
    await once(client, 'open')
    const closed = once(client, 'close')

    expect(await demo.stop('SIGTERM')).toBe(0)
    expect((await closed)[0]).toBe(1006)
  })

  it('exits when npm ends, which does not forward the signal', async () => {
    await using demo = await startDemoProcess({ byNpm: true })
    const client = new WebSocket(`ws://127.0.0.1:${demo.port}/ws`)
    await once(client, 'open')
    // A timeout of its own: a test that times out does not dispose of its processes.
    const closed = once(client, 'close', { signal: AbortSignal.timeout(10_000) })

    await demo.stop('SIGTERM')
    expect((await closed)[0]).toBe(1006)
  })

  it('says what to do when the port is in use', async () => {
    await using first = await startDemo()

    await expect(startDemoProcess({ port: first.port })).rejects.toThrow(
      `exit code 1: demo: port ${first.port} is in use. Stop the process that listens there, or choose another port: PORT=`,
    )
  })

  it('has every post that it answered after it was killed during writes', async () => {
    const first = await startDemoProcess({ database })
    const replies = await writeUntilGone(first.url)
    await first.kill()
    expect(existsSync(`${database}.lock`)).toBe(true)

    await using again = await startDemoProcess({ database })
    const { posts } = (await request<PostPage>(`${again.url}/posts?limit=500`)).body
    expect(posts).toEqual(expect.arrayContaining(replies))
    expect(posts.map(({ id }) => id)).toEqual(posts.map((_, index) => posts.length - index))
    expect(await again.stop('SIGTERM')).toBe(0)
    const { db, close } = openDatabase(database)
    expect(db.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
    close()
  })

  it('says what is wrong when the chosen database is in use or is not a database', async () => {
    await using first = await startDemo({ database })
    expect((await request(`${first.url}/posts`, 'POST', { title: 'one' })).status).toBe(201)
    await expect(startDemoProcess({ database })).rejects.toThrow(`exit code 1: demo: ${database} is in use by process`)
    const invalid = path.join(folder, 'invalid.db')
    writeFileSync(invalid, 'no database, no database, no database, no database, no database, no database, no database')
    await expect(startDemoProcess({ database: invalid })).rejects.toThrow(
      `exit code 1: demo: cannot open the database ${invalid}: file is not a database`,
    )
  })
})
