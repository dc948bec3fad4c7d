import { expect } from '@jest/globals'
import type { Browser, Locator, Page } from 'playwright-core'
import { openDemoPage, type DemoPage, type DemoPageOptions } from './demoPage.js'

export interface PostsPage extends DemoPage {
  readonly write: (title: string, text?: string) => Promise<void>
  /** Edits the title of the post with this title. */
  readonly edit: (title: string, changed: string) => Promise<void>
  /** Waits until the list shows exactly these titles, in this order. */
  readonly waitForTitles: (...titles: string[]) => Promise<void>
  readonly titles: () => Promise<string[]>
  /** Fails when the page was reloaded since it was opened. */
  readonly expectNoReload: () => Promise<void>
}

const LIST = 'ol[aria-label="Posts, the newest first"]'

/** Waits until the list of posts shows exactly these titles, in this order. */
export const waitForTitles = async (page: Page, titles: readonly string[]): Promise<void> => {
  await page.waitForFunction(
    ([list, expected]) => {
      const shown = [...document.querySelectorAll(`${list} h3`)].map((heading) => heading.textContent)
      return JSON.stringify(shown) === expected
    },
    [LIST, JSON.stringify(titles)] as const,
  )
}

/** Fills a field. In Firefox by keyboard: React does not notice the events of `fill` there. */
const type = async (field: Locator, text: string) => {
  if (field.page().context().browser()?.browserType().name() !== 'firefox') return await field.fill(text)
  await field.selectText()
  await field.press('Delete')
  await field.pressSequentially(text)
}

/** Opens the page "Live posts". */
export async function openPostsPage(browser: Browser, url: string, options?: DemoPageOptions): Promise<PostsPage> {
  const open = await openDemoPage(browser, `${url}/?dev#posts`, options)
  const { page } = open
  await page.evaluate(() => Object.assign(window, { isFirstDocument: true }))
  const form = page.getByRole('form', { name: 'Write a post' })
  return {
    ...open,
    write: async (title, text = '') => {
      await type(form.getByLabel('Title', { exact: true }), title)
      await type(form.getByLabel('Text', { exact: true }), text)
      await form.getByRole('button', { name: 'Post' }).click()
    },
    edit: async (title, changed) => {
      await page.getByRole('button', { name: `Edit ${title}`, exact: true }).click()
      const edit = page.getByRole('form', { name: `Edit ${title}`, exact: true })
      await type(edit.getByLabel('Title', { exact: true }), changed)
      await edit.getByRole('button', { name: 'Save' }).click()
    },
    waitForTitles: (...titles) => waitForTitles(page, titles),
    titles: () => page.locator(`${LIST} h3`).allTextContents(),
    expectNoReload: async () => expect(await page.evaluate(() => 'isFirstDocument' in window)).toBe(true),
    // oxlint-disable-next-line typescript/no-misused-spread -- the methods of the interface do not use `this`
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  }
}
