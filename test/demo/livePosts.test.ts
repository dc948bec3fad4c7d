/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withTwoPages() adds some
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import type { Post, PostPage } from '../../demo/src/posts/post.js'
import { launchChromium } from '../support/chromium.js'
import { contentWidth, findUnnamed, type DemoPageOptions } from './support/demoPage.js'
import { startDemoProcess } from './support/demoProcess.js'
import { connectBrowser, startDemo, type Demo } from './support/host.js'
import { openPostsPage, type PostsPage } from './support/postsPage.js'
import { createPosts, request } from './support/postsServer.js'

let first: Browser
let second: Browser
beforeAll(async () => {
  // Two browser processes, which share nothing but the server.
  ;[first, second] = await Promise.all([connectBrowser(), launchChromium()])
})
afterAll(async () => {
  await Promise.all([first.close(), second.close()])
})

let folder: string
let database: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'posts-'))
  database = path.join(folder, 'posts.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface TwoPages {
  readonly a: PostsPage
  readonly b: PostsPage
  readonly server: Demo
}

interface TwoPagesOptions extends DemoPageOptions {
  readonly start?: () => Promise<Demo>
}

/** Gives a test a server and a page in each browser. It fails when a page is reloaded or its console shows a problem. */
const withTwoPages =
  (run: (two: TwoPages) => Promise<void>, { start = startDemo, ...options }: TwoPagesOptions = {}) =>
  async () => {
    await using server = await start()
    const opened = await Promise.all([
      openPostsPage(first, server.url, options),
      openPostsPage(second, server.url, options),
    ])
    await using a = opened[0]
    await using b = opened[1]
    await Promise.all([a, b].map(async (page) => page.waitForStatus('Connected')))
    await run({ a, b, server })
    for (const page of [a, b]) {
      await page.expectNoReload()
      expect(page.problems).toEqual([])
    }
  }

describe('two users with a browser each', () => {
  it(
    'see what the other creates and edits, in order, without a reload',
    withTwoPages(async ({ a, b }) => {
      await a.page.getByText('No posts yet. Write the first one.').waitFor()
      await a.write('one', 'from A')
      await b.waitForTitles('one')
      await b.write('two 👩‍🚀')
      await a.waitForTitles('two 👩‍🚀', 'one')
      await a.write("three'); DROP TABLE posts; --")
      await b.waitForTitles("three'); DROP TABLE posts; --", 'two 👩‍🚀', 'one')

      await b.edit('one', 'uno')
      for (const page of [a, b]) await page.waitForTitles("three'); DROP TABLE posts; --", 'two 👩‍🚀', 'uno')
      await a.page.getByRole('status', { name: 'Last change' }).filter({ hasText: 'Edited: “uno”' }).waitFor()
    }),
  )

  it(
    'see the same order when both write many posts concurrently',
    withTwoPages(async ({ a, b, server }) => {
      await Promise.all([createPosts(a.page, 'a', 40), createPosts(b.page, 'b', 40)])
      const { posts } = (await request<PostPage>(`${server.url}/posts?limit=500`)).body
      expect(posts).toHaveLength(80)
      const titles = posts.map(({ title }) => title)
      await Promise.all([a.waitForTitles(...titles), b.waitForTitles(...titles)])
    }),
  )

  it(
    'keep both changes when they edit the same post concurrently',
    withTwoPages(async ({ a, b, server }) => {
      await a.write('draft', 'text')
      await b.waitForTitles('draft')
      await a.page.getByRole('button', { name: 'Edit draft' }).click()
      await b.page.getByRole('button', { name: 'Edit draft' }).click()
      const [inA, inB] = [a, b].map(({ page }) => page.getByRole('form', { name: 'Edit draft' }))
      await inA?.getByLabel('Title', { exact: true }).fill('title of A')
      await inA?.getByRole('button', { name: 'Save' }).click()
      await inB?.getByText('Edited by someone else: the title is now “title of A”.').waitFor()
      await inB?.getByLabel('Text', { exact: true }).fill('text of B')
      await inB?.getByRole('button', { name: 'Save' }).click()

      await Promise.all([a, b].map(async ({ page }) => page.getByText('text of B').waitFor()))
      await Promise.all([a.waitForTitles('title of A'), b.waitForTitles('title of A')])
      const { posts } = (await request<PostPage>(`${server.url}/posts`)).body
      expect(posts).toMatchObject([{ title: 'title of A', body: 'text of B', version: 3 }])
    }),
  )

  it(
    'are connected again after a crash of the server, with all posts, those written in between included',
    withTwoPages(
      async ({ a, b, server }) => {
        await a.write('before')
        await b.waitForTitles('before')
        // The other page gets the post before this one gets its response. A browser sends a request again whose connection was cut.
        await a.page.waitForFunction(() => document.querySelector<HTMLInputElement>('.post-form input')?.value === '')
        await server.kill()
        await Promise.all([a, b].map(async ({ page }) => page.getByText('Not live.').waitFor()))
        {
          // A server on another port: the pages cannot receive these changes.
          await using elsewhere = await startDemo({ database })
          await request<Post>(`${elsewhere.url}/posts`, 'POST', { title: 'meanwhile' })
          await request<Post>(`${elsewhere.url}/posts/1`, 'PATCH', { title: 'changed meanwhile' })
        }
        await a.waitForTitles('before')

        await using again = await startDemo({ port: server.port, database })
        expect(again.url).toBe(server.url)
        await Promise.all([a.skip(10_000), b.skip(10_000)])
        await Promise.all([a, b].map(async (page) => page.waitForTitles('meanwhile', 'changed meanwhile')))
        await Promise.all([a, b].map(async ({ page }) => page.getByText('Not live.').waitFor({ state: 'detached' })))
        // The new process has no history of the one before.
        await Promise.all([a, b].map(async ({ page }) => page.getByText('Loaded again').waitFor()))
        await b.write('after')
        await a.waitForTitles('after', 'meanwhile', 'changed meanwhile')
      },
      { hasClock: true, start: () => startDemoProcess({ database }) },
    ),
  )

  it(
    'keep a draft that cannot be saved without a server, and see why',
    withTwoPages(
      async ({ a, server }) => {
        await server.kill()
        await a.page.getByText('Not live.').waitFor()
        await a.write('unsaved')
        await a.page.getByText('Not saved. The server cannot be reached.').waitFor()
        expect(await a.page.getByLabel('Title', { exact: true }).inputValue()).toBe('unsaved')
      },
      { harmless: [/^Failed to load resource: net::ERR_CONNECTION_REFUSED/] },
    ),
  )
})

describe('a page without a working WebSocket', () => {
  it('reads and writes by HTTP, and shows that it is not live', async () => {
    await using server = await startDemo()
    await request(`${server.url}/posts`, 'POST', { title: 'there already' })
    const context = await first.newContext()
    await context.routeWebSocket('**/posts/live', (socket) => socket.close({ code: 1011 }))
    const page = await context.newPage()
    await page.goto(`${server.url}/?dev#posts`)
    await page.getByText('Not live.').waitFor()
    await page.getByRole('heading', { name: 'there already' }).waitFor()
    await page.getByLabel('Title', { exact: true }).fill('by HTTP')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'by HTTP' }).waitFor()
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual(['by HTTP', 'there already'])
    await context.close()
  })

  it('shows when the posts cannot be loaded, and loads them by "Try again"', async () => {
    await using server = await startDemo()
    await request(`${server.url}/posts`, 'POST', { title: 'there after all' })
    const context = await first.newContext()
    await context.route('**/posts?*', async (route) => route.fulfill({ status: 502, body: 'Bad gateway' }), {
      times: 1,
    })
    const page = await context.newPage()
    await page.goto(`${server.url}/?dev#posts`)
    await page.getByText('The server sent an unexpected response (502).').waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'there after all' }).waitFor()
    expect(await page.getByText('could not be loaded').count()).toBe(0)
    await context.close()
  })
})

describe('the page "Live posts"', () => {
  it.each([
    // The server has the session: what was written meanwhile waits in it.
    { from: 'its session after a lost connection', code: 1011, recovery: 'Session resumed' },
    // The client gives the session up: the channel has a history.
    { from: 'the history after a lost session', code: 4409, recovery: 'Caught up' },
  ])('gets what it missed once, from $from, without loading the list again', async ({ code, recovery }) => {
    await using server = await startDemo()
    const context = await first.newContext()
    const sockets: { readonly close: (options: { code: number }) => Promise<void> }[] = []
    await context.routeWebSocket('**/posts/live', (socket) => {
      sockets.push(socket)
      socket.connectToServer()
    })
    const page = await context.newPage()
    const loads: string[] = []
    page.on('request', (sent) => {
      if (sent.method() === 'GET' && sent.url().includes('/posts?')) loads.push(sent.url())
    })
    await page.goto(`${server.url}/#posts`)
    await page.getByText('No posts yet. Write the first one.').waitFor()
    await sockets[0]?.close({ code })
    await request(`${server.url}/posts`, 'POST', { title: 'meanwhile' })
    await page.getByRole('heading', { name: 'meanwhile' }).waitFor()
    await page.getByText(recovery).waitFor()
    await request(`${server.url}/posts`, 'POST', { title: 'afterwards' })
    await page.getByRole('heading', { name: 'afterwards' }).waitFor()
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual(['afterwards', 'meanwhile'])
    expect([sockets.length, loads.length]).toEqual([2, 1])
    await context.close()
  })

  it('loads older posts on request, up to the oldest', async () => {
    await using server = await startDemo()
    for (let n = 1; n <= 60; n += 1) await request(`${server.url}/posts`, 'POST', { title: `post ${n}` })
    await using open = await openPostsPage(first, server.url)
    await open.page.getByRole('button', { name: 'Show older posts' }).click()
    await open.waitForTitles(...Array.from({ length: 60 }, (_, index) => `post ${60 - index}`))
    expect(await open.page.getByRole('button', { name: 'Show older posts' }).count()).toBe(0)
    expect(open.problems).toEqual([])
  })

  it('can be used by keyboard alone, and returns the focus after an edit', async () => {
    await using server = await startDemo()
    await using open = await openPostsPage(first, server.url)
    const { page } = open
    await page.getByLabel('Title', { exact: true }).focus()
    await page.keyboard.type('typed')
    await page.keyboard.press('Enter')
    await open.waitForTitles('typed')
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
    await open.waitForTitles('typed twice')
    await page.locator(':focus', { hasText: 'Edit' }).waitFor()
    expect(open.problems).toEqual([])
  })

  it('names every control and fits a screen of 360 pixels', async () => {
    await using server = await startDemo()
    await using open = await openPostsPage(first, server.url)
    const { page } = open
    await page.setViewportSize({ width: 360, height: 740 })
    await open.write('x'.repeat(120), 'y'.repeat(1000))
    await open.write('second')
    await page.getByRole('button', { name: 'Edit second' }).click()
    const { count, unnamed } = await findUnnamed(open, 'button, input, textarea, a[href], article, ol')
    expect(count).toBeGreaterThan(15)
    expect(unnamed).toEqual([])
    expect(await contentWidth(open)).toBe(360)
    expect(open.problems).toEqual([])
  })
})
