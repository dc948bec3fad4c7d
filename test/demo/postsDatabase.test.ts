import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openDatabase } from '../../demo/posts/database.js'
import { openPostRepository } from '../../demo/posts/repository.js'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'posts-'))
  file = path.join(folder, 'posts.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the posts of a file', () => {
  it('are listed the newest first, page by page, in whatever order they are edited', () => {
    let now = 1000
    const posts = openPostRepository(file, () => now)
    for (const title of ['one', 'two', 'three']) posts.create({ title, body: '' })
    now = 500
    expect(posts.update(1, { title: 'uno' })).toEqual({
      id: 1,
      title: 'uno',
      body: '',
      createdAt: 1000,
      // The clock was set back, and updatedAt does not decrease.
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

  it('are kept when the file is opened again, and their ids continue', () => {
    const before = openPostRepository(file)
    before.create({ title: 'kept', body: 'text' })
    before.close()
    before.close()
    const after = openPostRepository(file)
    expect(after.list().posts).toMatchObject([{ id: 1, title: 'kept', body: 'text' }])
    expect(after.create({ title: 'next', body: '' }).id).toBe(2)
    after.close()
  })

  it('are listed quickly and up to a limit when there are ten thousand', () => {
    const { db, close } = openDatabase(file)
    db.exec(`INSERT INTO posts (title, body, createdAt, updatedAt)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT 'post ' || i, 'text', i, i FROM n`)
    close()
    const posts = openPostRepository(file)
    const startedAt = performance.now()
    for (let round = 0; round < 20; round += 1) posts.list({ before: 5000 })
    // About 1 ms each; a full scan takes fifty times as long.
    expect((performance.now() - startedAt) / 20).toBeLessThan(50)
    expect(posts.list().posts).toHaveLength(50)
    expect(posts.list({ limit: 1_000_000 }).posts).toHaveLength(500)
    expect(posts.list().posts[0]).toMatchObject({ id: 10_000, title: 'post 10000' })
    posts.close()
  })
})

describe('a database file', () => {
  const pidOfEndedProcess = () => spawnSync(process.execPath, ['-e', '']).pid

  it('is used by one process at a time', () => {
    const first = openDatabase(file)
    expect(() => openDatabase(file)).toThrow(`${file} is in use by process ${process.pid}. Stop that process`)
    first.close()
    openDatabase(file).close()
    writeFileSync(`${file}.pid`, `${process.ppid} 1`)
    expect(() => openDatabase(file)).toThrow(`in use by process ${process.ppid}`)
  })

  it.each([
    ['has ended', () => `${pidOfEndedProcess()} 1`],
    ['had the same id, as in a restarted container', () => `${process.pid} 1`],
    ['was killed before it wrote its id', () => ''],
  ])('is taken over, with its lock, from a process that %s', (_what, owner) => {
    openDatabase(file).close()
    mkdirSync(`${file}.lock`)
    writeFileSync(`${file}.pid`, owner())
    const { db, close } = openDatabase(file)
    expect(db.all('SELECT * FROM posts')).toEqual([])
    close()
    expect([existsSync(`${file}.lock`), existsSync(`${file}.pid`)]).toEqual([false, false])
  })

  it('is consistent after a process was killed during a write', () => {
    const program = `
      const { importBundle } = await import('./demo/importBundle.mjs')
      const { db } = (await importBundle('posts/database.ts')).openDatabase(${JSON.stringify(file)})
      db.exec(\`INSERT INTO posts (title, body, createdAt, updatedAt)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT 'before', hex(zeroblob(250)), i, i FROM n\`)
      // With a small cache, SQLite writes the change to the disk before it is complete.
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

  it('is refused and unlocked when it is not a database', () => {
    writeFileSync(file, 'not a database at all, but long enough to have a header, or so one would think at first')
    expect(() => openDatabase(file)).toThrow('file is not a database')
    expect([existsSync(`${file}.lock`), existsSync(`${file}.pid`)]).toEqual([false, false])
  })
})
