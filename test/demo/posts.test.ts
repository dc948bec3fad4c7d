// oxlint-disable jest/expect-expect -- to wait for what the page shows is the assertion; withTwoPages() adds some of its own
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import type { Post, PostPage } from '../../demo/src/posts/post.js'
import { launchBrowser } from './page.js'
import { openPostsPage, type PostsPage } from './postsPage.js'
import { startDemoProcess, type DemoProcess } from './process.js'

jest.setTimeout(60_000)

let first: Browser
let second: Browser
beforeAll(async () => {
  // Two processes of a browser, that have nothing in common but the server.
  ;[first, second] = await Promise.all([launchBrowser(), launchBrowser()])
})
afterAll(async () => {
  await Promise.all([first.close(), second.close()])
})

interface Two {
  readonly a: PostsPage
  readonly b: PostsPage
  readonly server: DemoProcess
  /** The file that the posts are in. */
  readonly database: string
}

/** A test fails too when a page was loaded anew, or had anything to say in its console that is not `harmless`. */
const withTwoPages = (run: (two: Two) => Promise<void>, harmless?: readonly RegExp[]) => async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'posts-'))
  try {
    const database = path.join(folder, 'posts.db')
    await using server = await startDemoProcess(0, undefined, database)
    await using a = await openPostsPage(first, server.url, harmless)
    await using b = await openPostsPage(second, server.url, harmless)
    await Promise.all([a, b].map(async (page) => page.status('Connected')))
    await run({ a, b, server, database })
    for (const page of [a, b]) {
      await page.expectNoReload()
      expect(page.problems).toEqual([])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const request = async <Body>(url: string, method = 'GET', body?: object): Promise<Body> => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  return (await response.json()) as Body
}

/** Creates posts from a page, all at once and past its store: only the WebSocket tells it of them. */
const createMany = async (page: Page, name: string, count: number) =>
  page.evaluate(
    async ([prefix, amount]) => {
      const headers = { 'content-type': 'application/json' }
      await Promise.all(
        Array.from({ length: amount }, async (_, index) =>
          fetch('/posts', { method: 'POST', headers, body: JSON.stringify({ title: `${prefix} ${index}` }) }),
        ),
      )
    },
    [name, count] as const,
  )

describe('S7 S9 two people with a browser each', () => {
  it(
    'see what the other creates and edits, in order, without a reload',
    withTwoPages(async ({ a, b }) => {
      await a.page.getByText('No posts yet. Write the first one.').waitFor()
      await a.write('one', 'from A')
      await b.shows('one')
      await b.write('two 👩‍🚀')
      await a.shows('two 👩‍🚀', 'one')
      await a.write("three'); DROP TABLE posts; --")
      await b.shows("three'); DROP TABLE posts; --", 'two 👩‍🚀', 'one')

      await b.edit('one', 'uno')
      await a.shows("three'); DROP TABLE posts; --", 'two 👩‍🚀', 'uno')
      await a.page.getByRole('status', { name: 'Last change' }).filter({ hasText: 'Edited: “uno”' }).waitFor()
      expect(await b.titles()).toEqual(await a.titles())
    }),
  )

  it(
    'write many at once, and see them all in the same order',
    withTwoPages(async ({ a, b, server }) => {
      await Promise.all([createMany(a.page, 'a', 40), createMany(b.page, 'b', 40)])
      const { posts } = await request<PostPage>(`${server.url}/posts?limit=500`)
      expect(posts).toHaveLength(80)
      const titles = posts.map(({ title }) => title)
      await Promise.all([a.shows(...titles), b.shows(...titles)])
    }),
  )

  it(
    'edit the same post at once: both keep what they changed, and see the same',
    withTwoPages(async ({ a, b, server }) => {
      await a.write('draft', 'text')
      await b.shows('draft')
      await a.page.getByRole('button', { name: 'Edit draft' }).click()
      await b.page.getByRole('button', { name: 'Edit draft' }).click()
      const [inA, inB] = [a, b].map(({ page }) => page.getByRole('form', { name: 'Edit draft' }))
      await inA?.getByLabel('Title', { exact: true }).fill('title of A')
      await inA?.getByRole('button', { name: 'Save' }).click()
      await inB?.getByText('Edited elsewhere meanwhile: it is now “title of A”.').waitFor()
      await inB?.getByLabel('Text', { exact: true }).fill('text of B')
      await inB?.getByRole('button', { name: 'Save' }).click()

      await Promise.all([a, b].map(async ({ page }) => page.getByText('text of B').waitFor()))
      await Promise.all([a.shows('title of A'), b.shows('title of A')])
      const { posts } = await request<PostPage>(`${server.url}/posts`)
      expect(posts).toMatchObject([{ title: 'title of A', body: 'text of B', version: 3 }])
    }),
  )

  it(
    'are back by themselves after a crash of the server, with all that was written, and written meanwhile',
    withTwoPages(async ({ a, b, server, database }) => {
      await a.write('before')
      await b.shows('before')
      await server.kill()
      await Promise.all([a, b].map(async ({ page }) => page.getByText('Not live.').waitFor()))
      {
        // Elsewhere, where the pages don't look: they can't have heard of it.
        await using elsewhere = await startDemoProcess(0, undefined, database)
        await request<Post>(`${elsewhere.url}/posts`, 'POST', { title: 'meanwhile' })
        await request<Post>(`${elsewhere.url}/posts/1`, 'PATCH', { title: 'changed meanwhile' })
      }
      expect(await a.titles()).toEqual(['before'])

      await using again = await startDemoProcess(server.port, undefined, database)
      expect(again.url).toBe(server.url)
      await Promise.all([a, b].map(async (page) => page.shows('meanwhile', 'changed meanwhile')))
      await Promise.all([a, b].map(async ({ page }) => page.getByText('Not live.').waitFor({ state: 'detached' })))
      await b.write('after')
      await a.shows('after', 'meanwhile', 'changed meanwhile')
    }),
  )

  it(
    'and no server: the draft stays, and why it was not saved is said',
    withTwoPages(
      async ({ a, server }) => {
        await server.kill()
        await a.page.getByText('Not live.').waitFor()
        await a.write('unsaved')
        await a.page.getByText('Not saved. The server is not there.').waitFor()
        expect(await a.page.getByLabel('Title', { exact: true }).inputValue()).toBe('unsaved')
      },
      [/^Failed to load resource: net::ERR_CONNECTION_REFUSED/],
    ),
  )
})

describe('a page whose WebSocket does not come through', () => {
  it('reads and writes by HTTP, and says that it is not live', async () => {
    await using server = await startDemoProcess()
    await request(`${server.url}/posts`, 'POST', { title: 'there already' })
    const context = await first.newContext()
    await context.routeWebSocket('**/posts/live', (socket) => socket.close({ code: 1011 }))
    const page = await context.newPage()
    await page.goto(`${server.url}/#posts`)
    await page.getByText('Not live.').waitFor()
    await page.getByRole('heading', { name: 'there already' }).waitFor()
    await page.getByLabel('Title', { exact: true }).fill('by HTTP')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'by HTTP' }).waitFor()
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual(['by HTTP', 'there already'])
    await context.close()
  })

  it('says when the posts cannot be fetched, and fetches them when told to', async () => {
    await using server = await startDemoProcess()
    await request(`${server.url}/posts`, 'POST', { title: 'there after all' })
    const context = await first.newContext()
    await context.route('**/posts?*', async (route) => route.fulfill({ status: 502, body: 'Bad gateway' }), {
      times: 1,
    })
    const page = await context.newPage()
    await page.goto(`${server.url}/#posts`)
    await page.getByText('The server answered 502, and not as expected.').waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'there after all' }).waitFor()
    expect(await page.getByText('could not be fetched').count()).toBe(0)
    await context.close()
  })
})

describe('more posts than fit a page', () => {
  it('come when they are asked for, until the oldest', async () => {
    await using server = await startDemoProcess()
    for (let n = 1; n <= 60; n += 1) await request(`${server.url}/posts`, 'POST', { title: `post ${n}` })
    await using open = await openPostsPage(first, server.url)
    await open.page.getByRole('button', { name: 'Show older posts' }).click()
    await open.shows(...Array.from({ length: 60 }, (_, index) => `post ${60 - index}`))
    expect(await open.page.getByRole('button', { name: 'Show older posts' }).count()).toBe(0)
    expect(open.problems).toEqual([])
  })
})

describe('Live posts, for everybody', () => {
  it('is written and edited by keyboard alone, and the focus is where it was', async () => {
    await using server = await startDemoProcess()
    await using open = await openPostsPage(first, server.url)
    const { page } = open
    await page.getByLabel('Title', { exact: true }).focus()
    await page.keyboard.type('typed')
    await page.keyboard.press('Enter')
    await open.shows('typed')
    const focused = page.locator(':focus')
    expect(await focused.inputValue()).toBe('')
    await page.getByRole('button', { name: 'Edit typed' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('form', { name: 'Edit typed' }).locator(':focus').waitFor()
    await page.keyboard.press('Escape')
    await page.locator(':focus', { hasText: 'Edit' }).waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.press('End')
    await page.keyboard.type(' twice')
    await page.keyboard.press('Control+Enter')
    await open.shows('typed twice')
    await page.locator(':focus', { hasText: 'Edit' }).waitFor()
    expect(open.problems).toEqual([])
  })

  it('has names for all controls, and fits a screen of 360 pixels', async () => {
    await using server = await startDemoProcess()
    await using open = await openPostsPage(first, server.url)
    const { page } = open
    await page.setViewportSize({ width: 360, height: 740 })
    await open.write('x'.repeat(120), 'y'.repeat(1000))
    await open.write('second')
    await page.getByRole('button', { name: 'Edit second' }).click()
    const controls = await page.locator('button, input, textarea, a[href], article, ol').all()
    const nodes = await Promise.all(controls.map(async (control) => control.ariaSnapshot()))
    expect(nodes.length).toBeGreaterThan(15)
    expect(nodes.filter((node) => !/^- '?\w+ "[^"]+"/.test(node))).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect(open.problems).toEqual([])
  })
})
