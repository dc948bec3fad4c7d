/** @jest-environment ./test/env/demo.cjs */
import { describe, expect, it } from '@jest/globals'
import { pages } from '../../demo/src/route.js'
import { demoTests } from './support/demoTests.js'
import { waitForDevtools } from './support/inspectorPage.js'

const withDemo = demoTests('inspector')

describe('each page', () => {
  it(
    'begins with one sentence, and links to docs and source that the server has',
    withDemo(async ({ page, server }) => {
      const shown: unknown[] = []
      for (const { name, label, intro } of pages) {
        await page.getByRole('link', { name: label, exact: true }).click()
        const text = page.locator('.page-intro').filter({ hasText: intro })
        await text.waitFor()
        const links = await text.getByRole('link').all()
        const statuses = links.map(async (link) => {
          const { ok } = await fetch(new URL((await link.getAttribute('href')) ?? '', server.url))
          return `${await link.textContent()} ${ok}`
        })
        shown.push([name, intro.match(/[.!?](?=\s|$)/g), await Promise.all(statuses)])
      }
      expect(shown).toEqual(pages.map(({ name }) => [name, ['.'], ['Docs true', 'Source true']]))
    }),
  )
})

describe('the page "Inspector"', () => {
  it(
    'names the Redux DevTools and the store, with the extension and without it',
    withDemo(async ({ page }) => {
      const panel = page.getByRole('region', { name: 'Redux DevTools' })
      await panel.getByText('lists them under the name reduplex demo. This browser does not have it.').waitFor()
      const install = await panel.getByRole('link', { name: 'Redux DevTools' }).getAttribute('href')
      expect(install).toMatch(/^https:\/\/github\.com\/reduxjs\/redux-devtools/)
      await page.addInitScript({ content: 'window.__REDUX_DEVTOOLS_EXTENSION_COMPOSE__ = () => (x) => x' })
      await page.addInitScript({ content: 'window.__REDUX_DEVTOOLS_EXTENSION__ = () => (x) => x' })
      await page.reload()
      await panel.getByText('choose the store reduplex demo: each event of the socket is an action there.').waitFor()
    }),
  )

  it(
    'colours rows by their severity, and shows the JSON of a row at the full width of the list',
    withDemo(async (demo) => {
      await demo.connect()
      await waitForDevtools(demo)
      await demo.press('Malformed JSON half an object')
      await demo.waitForRow('Event', 'invalid_frame')
      const colours = ['socket/connecting', 'socket/opened', 'invalid_frame'].map(async (text) =>
        demo
          .rows('Event', text)
          .first()
          .locator('b')
          .evaluate((element) => getComputedStyle(element).color),
      )
      expect(new Set(await Promise.all(colours)).size).toBe(3)

      const row = demo.rows('Event', 'socket/opened')
      await row.locator('.log-text').click()
      const [list, json] = await row.evaluate((element) =>
        [element.closest('.log-scroller')!, element.querySelector('pre')!].map(({ clientWidth }) => clientWidth),
      )
      // Without the space at the edges.
      expect(json).toBeGreaterThan(list! - 40)
    }),
  )
})
