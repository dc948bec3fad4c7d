/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { DemoPage } from './support/demoPage.js'
import { startDemoProcess } from './support/demoProcess.js'
import { demoTests } from './support/demoTests.js'
import { connectNow, expectAccessible } from './support/functionsPages.js'
import { call, waitForValue } from './support/functionsServer.js'
import { startDemo } from './support/host.js'
import { waitForTitles } from './support/postsPage.js'

const withDemo = demoTests('query')

let folder: string
let database: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'query-'))
  database = path.join(folder, 'posts.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const queryPage = ({ page }: DemoPage) => {
  const form = page.getByRole('form', { name: 'Write a post' })
  const stream = page.getByRole('status', { name: 'Stream of the list' })
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
    waitForTitles: async (...titles: string[]) => waitForTitles(page, titles),
    waitForStream: async (status: string) => stream.getByText(status, { exact: true }).waitFor(),
    waitForRecovery: async (text: string) =>
      page.getByRole('status', { name: 'After the last reconnect' }).getByText(text, { exact: true }).waitFor(),
    streamStatus: async () => stream.textContent(),
    saveSlowly: async () => page.getByRole('radio', { name: 'after 5 s' }).check({ force: true }),
  }
}

describe('the page "RTK Query"', () => {
  it(
    'shows what other pages write and edit, the page "Live posts" included',
    withDemo(async (first) => {
      const second = await first.openPage()
      const [a, b] = [queryPage(first), queryPage(second)]
      await Promise.all([a.waitForStream('Live'), b.waitForStream('Live')])
      await first.page.getByText('No posts yet. Write the first one.').waitFor()
      await a.write('one')
      await b.waitForTitles('one')
      await b.write('two')
      await a.waitForTitles('two', 'one')
      await b.edit('one', 'uno')
      await a.waitForTitles('two', 'uno')
      await second.page.locator(':focus', { hasText: 'Edit' }).waitFor()

      const form = first.page.getByRole('form', { name: 'Write a post' })
      await first.page.getByRole('link', { name: 'Live posts' }).click()
      await first.page.getByRole('heading', { name: 'uno' }).waitFor()
      await form.getByLabel('Title', { exact: true }).fill('by HTTP')
      await form.getByRole('button', { name: 'Post' }).click()
      await b.waitForTitles('by HTTP', 'two', 'uno')
      await b.edit('by HTTP', 'over the socket')
      await first.page.getByRole('heading', { name: 'over the socket' }).waitFor()
      await expectAccessible(second)
    }),
  )

  it(
    'shows an edit at once, and saves it once although the connection is cut meanwhile',
    withDemo(async (open) => {
      const { url } = open.server
      const page = queryPage(open)
      await page.write('draft')
      await page.waitForTitles('draft')
      await page.saveSlowly()
      await page.edit('draft', 'in time')
      await page.waitForTitles('in time')
      await open.page.getByText('not saved yet…').waitFor()
      expect(await call(url, 'listPosts')).toMatchObject({ data: { posts: [{ title: 'draft' }] } })
      expect(await call(url, 'cutConnections', { seconds: 0 })).toBe(1)
      await page.waitForRecovery('Session resumed')
      await open.page.getByText('not saved yet…').waitFor({ state: 'detached' })
      await page.waitForTitles('in time')
      expect(await page.streamStatus()).toBe('Live')
      expect(await call(url, 'listPosts')).toMatchObject({ data: { posts: [{ title: 'in time', version: 2 }] } })
    }),
  )

  it(
    'undoes an edit when the server crashes before it is saved, and keeps the text',
    withDemo(
      async (open) => {
        const page = queryPage(open)
        await page.write('draft')
        await page.waitForTitles('draft')
        await page.saveSlowly()
        await page.edit('draft', 'too early')
        await page.waitForTitles('too early')
        await open.server.kill()

        await using again = await startDemo({ port: open.server.port, database })
        await connectNow(open)
        await open.page
          .getByRole('alert')
          .getByText(/^Undone\./)
          .waitFor()
        await page.waitForTitles('draft')
        expect(await call(again.url, 'listPosts')).toMatchObject({ data: { posts: [{ title: 'draft', version: 1 }] } })
        const undone = open.page.getByRole('group', { name: 'Undone edit of draft' })
        await undone.getByText('too early').waitFor()
        await undone.getByRole('button', { name: 'Try again' }).click()
        await page.waitForTitles('too early')
        await undone.waitFor({ state: 'detached' })
      },
      { start: () => startDemoProcess({ database }) },
    ),
  )

  it(
    'catches up after a lost connection, without loading the list again',
    withDemo(async (open) => {
      const { url } = open.server
      const page = queryPage(open)
      await page.waitForStream('Live')
      await page.write('before')
      await page.waitForTitles('before')
      await call(url, 'cutConnections', { seconds: 0 })
      await call(url, 'addPost', { title: 'meanwhile' })
      await page.waitForTitles('meanwhile', 'before')
      await page.waitForStream('Live')
      await page.waitForRecovery('Session resumed')
    }),
  )

  it(
    'loads the missed changes after a crash of the server',
    withDemo(
      async (open) => {
        const page = queryPage(open)
        await page.waitForStream('Live')
        await page.write('before')
        await page.waitForTitles('before')
        await open.server.kill()
        await open.waitForStatus('Waiting for retry')
        {
          // A server on another port: the page cannot receive this change.
          await using elsewhere = await startDemo({ database })
          await call(elsewhere.url, 'addPost', { title: 'meanwhile' })
        }
        await page.waitForTitles('before')

        await using again = await startDemo({ port: open.server.port, database })
        await connectNow(open)
        await page.waitForTitles('meanwhile', 'before')
        await page.waitForStream('Live')
        // The new process has no history of the one before.
        await page.waitForRecovery('Loaded again')
        await page.write('after')
        await page.waitForTitles('after', 'meanwhile', 'before')
        const count = async () =>
          ((await call(again.url, 'listPosts')) as { readonly data: { readonly posts: unknown[] } }).data.posts.length
        await waitForValue(count, 3)
      },
      { start: () => startDemoProcess({ database }) },
    ),
  )
})
