/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { DemoPage } from './support/demoPage.js'
import { demoTests } from './support/demoTests.js'
import { expectAccessible } from './support/functionsPages.js'

const withDemo = demoTests('tabs')

const holds = 'This tab holds the connection'
const follows = 'Another tab holds the connection'

/** What a window of the page "Shared tabs" shows. */
const windowOf = (page: Page) => ({
  page,
  waitForRole: async (role: string) =>
    page.getByRole('status', { name: 'Role of this tab' }).filter({ hasText: role }).waitFor(),
  waitForCount: async (text: string) =>
    page.getByRole('list', { name: 'Connections at the server' }).getByText(text, { exact: true }).waitFor(),
  send: async (text: string) => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
  },
  waitForLines: async (...texts: readonly string[]) => {
    const list = page.getByRole('list', { name: 'Messages, the newest first' })
    await list.getByRole('article', { name: texts[0] ?? '', exact: true }).waitFor()
    expect(await list.locator('.entry-text').allTextContents()).toEqual(texts)
  },
})

/** Opens a further window of the same browser profile. */
const openWindow = async ({ page }: DemoPage) => {
  const opened = await page.context().newPage()
  await opened.goto(page.url())
  return windowOf(opened)
}

describe('the page "Shared tabs"', () => {
  it(
    'in three windows: one connection, each message in every window, and another window takes over',
    withDemo(async (demo) => {
      const first = windowOf(demo.page)
      await first.waitForRole(holds)
      const second = await openWindow(demo)
      const third = await openWindow(demo)
      await Promise.all([second, third].map(async ({ waitForRole }) => waitForRole(follows)))
      for (const { waitForCount } of [first, second, third]) await waitForCount('1 connection open')
      await second.waitForCount('1 connection since the server started')
      await first.send('from the first')
      await first.waitForLines('from the first')
      await third.send('from the third')
      for (const { waitForLines } of [first, second, third]) await waitForLines('from the third', 'from the first')
      await first.page.close()
      await Promise.race([second.waitForRole(holds), third.waitForRole(holds)])
      for (const { waitForCount } of [second, third]) {
        await waitForCount('1 connection open')
        await waitForCount('2 connections since the server started')
      }
      await second.send('after it')
      for (const { waitForLines } of [second, third]) await waitForLines('after it', 'from the third', 'from the first')
    }),
  )

  it(
    'hands the connection over when the window that holds it disconnects',
    withDemo(async (demo) => {
      const first = windowOf(demo.page)
      await first.waitForRole(holds)
      const second = await openWindow(demo)
      await second.waitForRole(follows)
      await demo.press('Disconnect this tab')
      await first.waitForRole('no connection')
      await second.waitForRole(holds)
      await demo.press('Connect this tab')
      await first.waitForRole(follows)
      await first.waitForCount('1 connection open')
    }),
  )

  it(
    'is accessible',
    withDemo(async (demo) => {
      await windowOf(demo.page).waitForRole(holds)
      await expectAccessible(demo)
    }),
  )
})
