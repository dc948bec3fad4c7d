// oxlint-disable jest/expect-expect -- to wait for what the page shows is the assertion; withDemo() adds one of its own
import { describe, expect, it } from '@jest/globals'
import { drop, openBytesPage } from './bytesPage.js'
import { burst, demoTests, type DemoPage } from './page.js'

const withDemo = demoTests()

describe('without a mouse', () => {
  /** Presses Tab until the control has the focus, which must be visible on every stop. */
  const tabTo = async ({ page }: DemoPage, name: string) => {
    for (let stops = 0; stops < 60; stops += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one key after the other
      await page.keyboard.press('Tab')
      // oxlint-disable-next-line no-await-in-loop
      const stop = await page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement
        // Between the last stop and the first, the focus is with the browser.
        if (element === document.body) return { name: '', outline: 'solid' }
        // A radio button is hidden below its label, which shows the focus in its stead.
        const shown = element.type === 'radio' ? element.nextElementSibling! : element
        const text = element.labels?.[0]?.textContent ?? element.textContent
        return { name: text, outline: getComputedStyle(shown).outlineStyle }
      })
      expect(stop).toMatchObject({ outline: 'solid' })
      if (stop.name === name) return
    }
    throw new Error(`no tab stop is called ${name}`)
  }

  it(
    'connects and sends',
    withDemo(async (demo) => {
      await tabTo(demo, 'Connect')
      await demo.page.keyboard.press('Enter')
      await demo.status('Connected')
      await tabTo(demo, 'Message')
      await demo.page.keyboard.press('Control+A')
      await demo.page.keyboard.type('"by keyboard"')
      await demo.page.keyboard.press('Control+Enter')

      await demo.row('Received', '"by keyboard"')
    }),
  )

  it(
    'walks the log with the arrow keys, and past it with one Tab',
    withDemo(async (demo) => {
      await demo.connect()
      await burst(demo, 300)
      await demo.row('Received', '"n":300,')
      await demo.page.getByRole('button', { name: 'Clear' }).focus()
      await demo.page.keyboard.press('Tab')
      const focused = demo.page.locator(':focus')
      expect(await focused.textContent()).toContain('"n":300,')
      await demo.page.keyboard.press('ArrowUp')
      await demo.page.locator(':focus', { hasText: '"n":299,' }).waitFor()
      await demo.page.keyboard.press('Home')
      await demo.page.locator(':focus', { hasText: 'socket/connect' }).waitFor()
      await demo.page.keyboard.press('Enter')
      expect(await focused.getAttribute('aria-expanded')).toBe('true')

      await demo.page.keyboard.press('Tab')
      await demo.page.keyboard.press('Tab')
      expect(await demo.page.getByRole('region', { name: 'Log' }).locator(':focus').count()).toBe(0)
    }),
  )
})

describe('for everybody', () => {
  it(
    'has a name for every control, and landmarks with names',
    withDemo(async ({ page }) => {
      const controls = await page.locator('button, input, textarea, progress, [role=list], [role=toolbar]').all()
      const nodes = await Promise.all(controls.map(async (control) => control.ariaSnapshot()))

      expect(nodes.length).toBeGreaterThan(25)
      // A control with a name reads: - button "Connect"
      expect(nodes.filter((node) => !/^- \w+ "[^"]+"/.test(node))).toEqual([])
      const regions = ['Status', 'Connection', 'Send', 'Log', 'Server faults', 'state.socket']
      expect(await page.getByRole('region').count()).toBe(regions.length)
      for (const name of regions) expect(page.getByRole('region', { name, exact: true })).toBeDefined()
    }),
  )

  it(
    'fits a screen of 360 pixels',
    withDemo(async (demo) => {
      await demo.page.setViewportSize({ width: 360, height: 740 })
      await demo.connect()
      await demo.send(JSON.stringify('long '.repeat(200)))
      await demo.row('Received')

      expect(await demo.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    }),
  )

  it(
    'has all that for pictures and bytes, too',
    withDemo(async (demo) => {
      const { page } = demo
      await page.setViewportSize({ width: 360, height: 740 })
      await openBytesPage(demo)
      await demo.connect()
      await drop(
        demo,
        `${'a-long-name'.repeat(12)}.txt`,
        Buffer.from('no picture at all, and longer than the first bytes shown'),
      )
      await page.getByText('Came back.').waitFor()
      await page.getByRole('button', { name: 'Send in all three' }).click()
      await page.getByText(/All three came back the same/).waitFor()

      const controls = await page.locator('button, input, progress, a[href], pre, ul, article').all()
      const nodes = await Promise.all(controls.map(async (control) => control.ariaSnapshot()))
      expect(nodes.length).toBeGreaterThan(20)
      expect(nodes.filter((node) => !/^- '?\w+ "[^"]+"/.test(node))).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    }),
  )

  it(
    'is light or dark as the system wants, until told otherwise, and remembers',
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
