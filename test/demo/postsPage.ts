import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from '@jest/globals'
import { openDemoPage, type OpenPage } from './page.js'

export interface PostsPage extends OpenPage {
  readonly write: (title: string, text?: string) => Promise<void>
  /** Edits the title of the post that is called so. */
  readonly edit: (title: string, changed: string) => Promise<void>
  /** Waits until the list shows these titles, in this order and no others. */
  readonly shows: (...titles: string[]) => Promise<void>
  readonly titles: () => Promise<string[]>
  /** Fails when the document is not the one that was opened. */
  readonly expectNoReload: () => Promise<void>
}

const LIST = 'ol[aria-label="Posts, the newest first"]'

const waitForTitles = async (page: Page, titles: string[]) =>
  page.waitForFunction(
    ([list, expected]) => {
      const shown = [...document.querySelectorAll(`${list} h3`)].map((heading) => heading.textContent)
      return JSON.stringify(shown) === expected
    },
    [LIST, JSON.stringify(titles)] as const,
  )

/** By the keyboard: what `fill` puts into an input of Firefox, React does not notice. */
const type = async (field: Locator, text: string) => {
  await field.selectText()
  await field.press('Delete')
  await field.pressSequentially(text)
}

/** Opens the page “Live posts” in a browser, connected. */
export async function openPostsPage(browser: Browser, url: string, harmless?: readonly RegExp[]): Promise<PostsPage> {
  const open = await openDemoPage(browser, `${url}/#posts`, harmless)
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
    shows: async (...titles) => void (await waitForTitles(page, titles)),
    titles: () => page.locator(`${LIST} h3`).allTextContents(),
    expectNoReload: async () => expect(await page.evaluate(() => 'isFirstDocument' in window)).toBe(true),
    // oxlint-disable-next-line typescript/no-misused-spread -- an interface, whose methods are all its own
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  }
}
