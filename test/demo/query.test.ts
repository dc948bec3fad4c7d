import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { ask, comeBack, eventually, expectForEverybody, livePages } from './livePage.js'
import type { OpenPage } from './page.js'
import { startDemoProcess } from './process.js'

const openQuery = livePages('query')

const LIST = 'ol[aria-label="Posts, the newest first"]'

const queryPage = ({ page }: OpenPage) => {
  const form = page.getByRole('form', { name: 'Write a post' })
  return {
    write: async (title: string) => {
      await form.getByLabel('Title', { exact: true }).fill(title)
      await form.getByRole('button', { name: 'Post' }).click()
    },
    edit: async (title: string, changed: string) => {
      await page.getByRole('button', { name: `Edit ${title}`, exact: true }).click()
      const edit = page.getByRole('form', { name: `Edit ${title}`, exact: true })
      await edit.getByLabel('Title', { exact: true }).fill(changed)
      await edit.getByRole('button', { name: 'Save' }).click()
    },
    /** Waits until the list shows these titles, in this order and no others. */
    shows: async (...titles: string[]) =>
      page.waitForFunction(
        ([list, expected]) => {
          const shown = [...document.querySelectorAll(`${list} h3`)].map((heading) => heading.textContent)
          return JSON.stringify(shown) === expected
        },
        [LIST, JSON.stringify(titles)] as const,
      ),
    stream: async (status: string) =>
      page.getByRole('status', { name: 'Stream of the list' }).getByText(status, { exact: true }).waitFor(),
    streamNow: async () => page.getByRole('status', { name: 'Stream of the list' }).textContent(),
    writeSlowly: async () => page.getByRole('radio', { name: 'after 5 s' }).check({ force: true }),
  }
}

describe('the page “RTK Query”', () => {
  it('shows in two browsers what either writes and edits, and what “Live posts” does', async () => {
    await using server = await startDemoProcess()
    await using first = await openQuery(server.url)
    await using second = await openQuery(server.url)
    const [a, b] = [queryPage(first), queryPage(second)]
    await Promise.all([a.stream('Live'), b.stream('Live')])
    await first.page.getByText('No posts yet. Write the first one.').waitFor()
    await a.write('one')
    await b.shows('one')
    await b.write('two')
    await a.shows('two', 'one')
    await b.edit('one', 'uno')
    await a.shows('two', 'uno')
    await second.page.locator(':focus', { hasText: 'Edit' }).waitFor()

    const form = first.page.getByRole('form', { name: 'Write a post' })
    await first.page.getByRole('link', { name: 'Live posts' }).click()
    await first.page.getByRole('heading', { name: 'uno' }).waitFor()
    await form.getByLabel('Title', { exact: true }).fill('by HTTP')
    await form.getByRole('button', { name: 'Post' }).click()
    await b.shows('by HTTP', 'two', 'uno')
    await b.edit('by HTTP', 'over the socket')
    await first.page.getByRole('heading', { name: 'over the socket' }).waitFor()
    await expectForEverybody(second)
    expect([...first.problems, ...second.problems]).toEqual([])
  })

  it('shows an edit at once, and takes it back when the connection is lost before it is saved', async () => {
    await using server = await startDemoProcess()
    await using open = await openQuery(server.url)
    const { write, edit, shows, streamNow, writeSlowly } = queryPage(open)
    await write('draft')
    await shows('draft')
    await writeSlowly()
    await edit('draft', 'too early')
    await shows('too early')
    await open.page.getByText('not saved yet…').waitFor()
    expect(await ask(server.url, 'listPosts')).toMatchObject({ posts: [{ title: 'draft' }] })
    // As long as no connection is there, nothing but the page itself can take it back.
    await ask(server.url, 'cutConnections', { seconds: 10 })
    await open.page
      .getByRole('alert')
      .getByText(/^Taken back\./)
      .waitFor()
    await shows('draft')
    expect(await streamNow()).toBe('Stale')
    expect(await ask(server.url, 'listPosts')).toMatchObject({ posts: [{ title: 'draft', version: 1 }] })
    expect(open.problems).toEqual([])
  })

  it('says that it is stale without a server, and has what it missed once there is one again', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'query-'))
    const database = path.join(folder, 'posts.db')
    try {
      await using server = await startDemoProcess(0, undefined, database)
      await using open = await openQuery(server.url)
      const { write, shows, stream } = queryPage(open)
      await stream('Live')
      await write('before')
      await shows('before')
      await server.kill()
      await stream('Stale')
      await open.page.getByText('Something may be missing.').waitFor()
      {
        // Elsewhere, where the page doesn't look: it can't have heard of it.
        await using elsewhere = await startDemoProcess(0, undefined, database)
        await ask(elsewhere.url, 'addPost', { title: 'meanwhile' })
      }
      await shows('before')

      await using again = await startDemoProcess(server.port, undefined, database)
      await comeBack(open)
      await shows('meanwhile', 'before')
      await stream('Live')
      await write('after')
      await shows('after', 'meanwhile', 'before')
      const posts = async () => ((await ask(again.url, 'listPosts')) as { readonly posts: unknown[] }).posts.length
      await eventually(posts, 3)
      expect(open.problems).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
