import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { findViolations } from '../../support/axe.js'
import { openBundledPage, type BundledPage } from '../../support/chromium.js'

const phones = [
  { width: 390, height: 844 },
  { width: 375, height: 667 },
] as const

const boxOf = async (page: Page, selector: string) => {
  const box = await page.locator(selector).boundingBox()
  if (!box) throw new Error(`${selector} is not shown`)
  return box
}

/** Whether an element lies within the screen as a whole. */
const isOnScreen = async (page: Page, selector: string): Promise<boolean> => {
  const { x, y, width, height } = await boxOf(page, selector)
  const screen = page.viewportSize()!
  return x >= 0 && y >= 0 && x + width <= screen.width && y + height <= screen.height
}

let bundled: BundledPage

beforeAll(async () => {
  bundled = await openBundledPage('test/integration/devtools/page.tsx')
})
afterAll(async () => bundled[Symbol.asyncDispose]())

describe.each(phones)('the floating devtools at $width × $height', (screen) => {
  beforeEach(async () => {
    const { page } = bundled
    await page.setViewportSize(screen)
    await bundled.reload()
    await bundled.call('send', 60)
    await page.locator('.log-text', { hasText: '{"n":60}' }).waitFor()
  })

  it('show a list of at least 200 pixels, the header and the button "Close"', async () => {
    const { page } = bundled
    expect((await boxOf(page, '.log-scroller')).height).toBeGreaterThanOrEqual(200)
    for (const selector of ['.log-scroller', '.head', '.close', '.log-tools']) {
      expect([selector, await isOnScreen(page, selector)]).toEqual([selector, true])
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(screen.width)
  })

  it('show the state as a list that is scrolled as a whole', async () => {
    const { page } = bundled
    await page.getByRole('radio', { name: 'State', exact: true }).check({ force: true })
    expect((await boxOf(page, '.state')).height).toBeGreaterThanOrEqual(200)
    expect((await boxOf(page, '.state-now')).height).toBeGreaterThanOrEqual(200)
  })

  it('show the charts as a view of their own, and keep the header while they are scrolled', async () => {
    const { page } = bundled
    await page.getByRole('radio', { name: 'Charts' }).check({ force: true })
    await page.locator('.chart canvas').nth(3).scrollIntoViewIfNeeded()
    expect(await isOnScreen(page, '.close')).toBe(true)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Open socket devtools' }).waitFor()
  })

  it.each(['light', 'dark'] as const)('break no rule of axe-core, in %s', async (colorScheme) => {
    const { page } = bundled
    await page.emulateMedia({ colorScheme })
    for (const view of ['Log', 'State', 'Charts']) {
      await page.getByRole('radio', { name: view, exact: true }).check({ force: true })
      expect(await findViolations(page, '[data-reduplex-devtools]')).toEqual([])
    }
  })
})

describe('the floating devtools at 1360 × 900', () => {
  it('show a list of at least 150 pixels below the charts', async () => {
    const { page } = bundled
    await page.setViewportSize({ width: 1360, height: 900 })
    await bundled.reload()
    await bundled.call('send', 60)
    await page.locator('.log-text', { hasText: '{"n":60}' }).waitFor()
    await page.locator('.chart canvas').nth(3).waitFor()
    expect((await boxOf(page, '.log-scroller')).height).toBeGreaterThanOrEqual(150)
    expect(await isOnScreen(page, '.log > .count')).toBe(true)
    expect(await findViolations(page, '[data-reduplex-devtools]')).toEqual([])
  })
})
