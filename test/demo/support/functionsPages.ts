import { expect } from '@jest/globals'
import { contentWidth, findUnnamed, type DemoPage } from './demoPage.js'

/** Presses "Connect now" unless the page has connected already, and waits for the connection. */
export const connectNow = async ({ page, waitForStatus }: DemoPage) => {
  await page.evaluate(() => {
    const buttons = [...document.querySelectorAll('button')]
    buttons.find(({ textContent }) => textContent === 'Connect now')?.click()
  })
  await waitForStatus('Connected')
}

/** Expects that every control has a name, and that the page fits a screen of 360 pixels. */
export const expectAccessible = async (open: DemoPage) => {
  await open.page.setViewportSize({ width: 360, height: 740 })
  const { count, unnamed } = await findUnnamed(open, 'button, input, textarea, a[href], article, ol, ul')
  expect(count).toBeGreaterThan(10)
  expect(unnamed).toEqual([])
  expect(await contentWidth(open)).toBe(360)
}
