/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import { drop } from './support/bytesPage.js'
import { contentWidth, findUnnamed, type DemoPage } from './support/demoPage.js'
import { demoTests } from './support/demoTests.js'
import { burst } from './support/inspectorPage.js'

const withDemo = demoTests('inspector')

/** Presses Tab until the control has the focus. Fails when the focus is not visible on the way. */
const tabTo = async ({ page }: DemoPage, name: string) => {
  for (let stops = 0; stops < 60; stops += 1) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => {
      // The devtools have a shadow root of their own.
      const active = document.activeElement
      const element = (active?.shadowRoot?.activeElement ?? active) as HTMLInputElement
      // Between the last stop and the first, the browser has the focus.
      if (element === document.body) return { name: '', outline: 'solid' }
      // A radio button is hidden behind its label, which shows the focus instead.
      const shown = element.type === 'radio' ? element.nextElementSibling! : element
      const text = element.labels?.[0]?.textContent ?? element.textContent
      return { name: text, outline: getComputedStyle(shown).outlineStyle }
    })
    expect(stop).toMatchObject({ outline: 'solid' })
    if (stop.name === name) return
  }
  throw new Error(`no tab stop has the name ${name}`)
}

describe('a keyboard', () => {
  it(
    'connects and sends',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Close')
      await demo.waitForStatus('Closed')
      await tabTo(demo, 'Connect')
      await demo.page.keyboard.press('Enter')
      await demo.waitForStatus('Connected')
      await tabTo(demo, 'Message')
      await demo.page.keyboard.press('Control+A')
      await demo.page.keyboard.type('"by keyboard"')
      await demo.page.keyboard.press('Control+Enter')

      await demo.waitForRow('Received', '"by keyboard"')
    }),
  )

  it(
    'moves through the log by arrow keys, and leaves it by one Tab',
    withDemo(async (demo) => {
      await demo.connect()
      await burst(demo, 300)
      await demo.waitForRow('Received', '"n":300,')
      await demo.page.getByRole('button', { name: 'Clear' }).focus()
      await demo.page.keyboard.press('Tab')
      const focused = demo.page.locator('.log-text:focus')
      expect(await focused.textContent()).toContain('"n":300,')
      await demo.page.keyboard.press('ArrowUp')
      await demo.page.locator('.log-text:focus', { hasText: '"n":299,' }).waitFor()
      await demo.page.keyboard.press('Home')
      await demo.page.locator('.log-text:focus', { hasText: 'socket/connect' }).waitFor()
      await demo.page.keyboard.press('Enter')
      expect(await focused.getAttribute('aria-expanded')).toBe('true')

      // The buttons "Copy row" and "Newest" are between the row and the rest of the page.
      for (let stops = 0; stops < 3; stops += 1) await demo.page.keyboard.press('Tab')
      expect(await demo.page.getByRole('region', { name: 'Log' }).locator(':focus').count()).toBe(0)
    }),
  )
})

describe('the page "Inspector"', () => {
  it(
    'names every control and every landmark',
    withDemo(async (demo) => {
      const { page } = demo
      const { count, unnamed } = await findUnnamed(
        demo,
        'button, input:not([hidden]), select, textarea, progress, [role=list], [role=toolbar]',
      )
      expect(count).toBeGreaterThan(25)
      expect(unnamed).toEqual([])
      const regions = [
        'Status',
        'Scenarios',
        'Send',
        'Connection',
        'Socket devtools',
        'Log',
        'Server faults',
        'Redux DevTools',
      ]
      expect(await page.getByRole('region').count()).toBe(regions.length)
      for (const name of regions) expect(await page.getByRole('region', { name, exact: true }).count()).toBe(1)
    }),
  )

  it(
    'fits a screen of 360 pixels',
    withDemo(async (demo) => {
      await demo.page.setViewportSize({ width: 360, height: 740 })
      await demo.connect()
      await demo.send(JSON.stringify('long '.repeat(200)))
      await demo.waitForRow('Received')

      expect(await contentWidth(demo)).toBe(360)
    }),
  )

  it(
    'follows the theme of the system until the user chooses another one, which it remembers',
    withDemo(async ({ page }) => {
      const background = async () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const light = await background()
      await page.emulateMedia({ colorScheme: 'dark' })
      const dark = await background()
      expect(dark).not.toBe(light)

      await page.getByRole('radio', { name: 'Light' }).check({ force: true })
      expect(await background()).toBe(light)
      await page.reload()
      expect(await background()).toBe(light)
    }),
  )
})

describe('the page "Pictures and bytes"', () => {
  it(
    'names every control and fits a screen of 360 pixels',
    withDemo(async (demo) => {
      const { page } = demo
      await page.setViewportSize({ width: 360, height: 740 })
      await page.getByRole('link', { name: 'Pictures and bytes' }).click()
      await page.getByRole('region', { name: 'Send a picture' }).waitFor()
      await demo.connect()
      await drop(
        demo,
        `${'a-long-name'.repeat(12)}.txt`,
        Buffer.from('no picture at all, and longer than the first bytes shown'),
      )
      await page.getByText('Echo received.').waitFor()
      await page.getByRole('button', { name: 'Send in all formats' }).click()
      await page.getByText(/All three echoes equal the message/).waitFor()

      const { count, unnamed } = await findUnnamed(demo, 'button, input, progress, a[href], pre, ul, article')
      expect(count).toBeGreaterThan(20)
      expect(unnamed).toEqual([])
      expect(await contentWidth(demo)).toBe(360)
    }),
  )
})
