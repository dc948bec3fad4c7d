/** @jest-environment ./test/env/demo.cjs */
import { describe, expect, it } from '@jest/globals'
import type { Locator } from 'playwright-core'
import type { DemoPage } from './support/demoPage.js'
import { demoTests } from './support/demoTests.js'
import { connectNow } from './support/functionsPages.js'
import { runFault, waitForDevtools } from './support/inspectorPage.js'
import { sessionsPage } from './support/sessionsPage.js'

const withDemo = demoTests('inspector')

/** A text that a canvas was asked to draw, in CSS pixels of the canvas. */
interface DrawnText {
  readonly text: string
  readonly left: number
  readonly right: number
  readonly width: number
}

/** Records the texts that the charts draw, from the next load of the page on. Returns those of one chart since its last frame was cleared. */
const recordTexts = async ({ page }: DemoPage) => {
  await page.addInitScript(() => {
    const drawn = new WeakMap<HTMLCanvasElement, DrawnText[]>()
    Object.assign(window, { drawn })
    // Called with their context below.
    // oxlint-disable-next-line typescript/unbound-method
    const { fillText, clearRect } = CanvasRenderingContext2D.prototype
    CanvasRenderingContext2D.prototype.clearRect = function (...area) {
      drawn.set(this.canvas, [])
      clearRect.apply(this, area)
    }
    CanvasRenderingContext2D.prototype.fillText = function (text, x, ...rest) {
      const { width } = this.measureText(text)
      const left = this.textAlign === 'center' ? x - width / 2 : this.textAlign === 'right' ? x - width : x
      drawn.get(this.canvas)?.push({ text, left, right: left + width, width: this.canvas.width })
      fillText.call(this, text, x, ...rest)
    }
  })
  await page.reload()
  return async (title: string) =>
    page
      .locator('.chart', { hasText: title })
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => {
        const { drawn } = window as unknown as { readonly drawn: WeakMap<HTMLCanvasElement, DrawnText[]> }
        return drawn.get(canvas) ?? []
      })
}

const boxOf = async (element: Locator) => {
  const box = await element.boundingBox()
  if (!box) throw new Error('the element is not shown')
  return { ...box, right: box.x + box.width, bottom: box.y + box.height }
}

describe('the charts and the timeline', () => {
  it(
    'draw every label within their edges, and no value twice',
    withDemo(
      async (demo) => {
        const textsOf = await recordTexts(demo)
        await demo.connect()
        await waitForDevtools(demo)
        // The newest moment moves through the positions of a time label at the right edge.
        for (let half = 0; half < 40; half += 1) {
          await demo.page.clock.runFor(500)
          const texts = await textsOf('Bytes/s')
          expect(texts.filter(({ left, right, width }) => left < 0 || right > width)).toEqual([])
          const values = texts.map(({ text }) => text).filter((text) => text.endsWith('B'))
          expect(values.length).toBeGreaterThan(1)
          expect(new Set(values).size).toBe(values.length)
        }
      },
      { hasClock: true },
    ),
  )

  it(
    'have the same time axis, with labels of times and of closes that are not cut',
    withDemo(async (demo) => {
      const { page, server } = demo
      await demo.connect()
      await waitForDevtools(demo)
      await runFault(server.url, 'drop')
      const code = page.locator('.timeline .mark-close text', { hasText: '1006' })
      await code.waitFor()

      const timeline = await boxOf(page.locator('.timeline svg'))
      for (const label of [...(await page.locator('.timeline .tick text').all()), code]) {
        const { x, right } = await boxOf(label)
        expect(x).toBeGreaterThanOrEqual(timeline.x)
        expect(right).toBeLessThanOrEqual(timeline.right)
      }
      expect(await page.locator('.timeline .tick text').first().textContent()).toMatch(/^\d\d:\d\d:\d\d$/)

      // The first chart is at the left edge, the second one at the right edge.
      const now = await boxOf(page.locator('.timeline .phase rect').last())
      const areas = page.locator('.chart .u-over')
      expect(now.right).toBeCloseTo((await boxOf(areas.nth(1))).right, -0.5)
      expect((await boxOf(areas.nth(0))).x - timeline.x).toBe(52)
    }),
  )
})

/** Whether a button lies on the JSON beside it. */
const coversText = async (button: Locator): Promise<boolean> =>
  await button.evaluate((element) => {
    const { left, top, bottom } = element.getBoundingClientRect()
    const range = document.createRange()
    const texts = document.createTreeWalker(element.parentElement!.querySelector('pre')!, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      range.selectNodeContents(texts.currentNode)
      for (const line of range.getClientRects())
        if (line.width > 0 && line.right > left && line.bottom > top && line.top < bottom) return true
    }
    return false
  })

describe('the buttons "Copy row" and "Copy state"', () => {
  it.each([390, 1360])('cover nothing of the JSON on a screen of %i pixels', async (width) => {
    await withDemo(async (demo) => {
      const { page } = demo
      await page.setViewportSize({ width, height: 844 })
      await demo.connect()
      await demo.waitForRow('Event', 'socket/opened')
      await demo.rows('Event', 'socket/opened').locator('.log-text').click()
      expect(await coversText(page.getByRole('button', { name: 'Copy row' }))).toBe(false)
      await page.getByRole('radio', { name: 'State', exact: true }).check({ force: true })
      expect(await coversText(page.getByRole('button', { name: 'Copy state' }))).toBe(false)
    }, {})()
  })
})

describe('the state in the devtools', () => {
  it(
    'indents every member alike, also after a marked one',
    withDemo(async (demo) => {
      const { page, server } = demo
      await demo.connect()
      await page.getByRole('radio', { name: 'State', exact: true }).check({ force: true })
      await runFault(server.url, 'refuse', { seconds: 60 })
      await runFault(server.url, 'drop')
      await page.locator('.changed', { hasText: '"retryAt"' }).waitFor()
      // The first key of each line: a value may contain keys, too.
      const lefts = await page
        .locator('.state-now pre > span')
        .evaluateAll((lines) =>
          lines.map((line) => Math.round(line.querySelector('.json-key')!.getBoundingClientRect().left)),
        )
      expect(lefts.length).toBeGreaterThan(8)
      expect(new Set(lefts).size).toBe(1)
    }),
  )
})

describe('the status', () => {
  it(
    'shows the whole of a long value as a tooltip, and breaks no port',
    withDemo(async (demo) => {
      const { page, server } = demo
      await demo.connect()
      await runFault(server.url, 'close', { code: 1012, reason: 'a deploy of the server with a long reason' })
      const fact = page.locator('.facts dd[title]', { hasText: '1012' })
      await fact.waitFor()
      expect(await fact.getAttribute('title')).toMatch(
        /^1012, .*“a deploy of the server with a long reason” · clean · /,
      )
      expect(await fact.getAttribute('title')).toBe(await fact.textContent())

      const lines = await page.locator('.facts .port').evaluate((port) => port.getClientRects().length)
      expect(lines).toBe(1)
      expect(await page.locator('.facts .port').textContent()).toBe(`:${new URL(server.url).port}`)
    }),
  )
})

describe('the page "Inspector"', () => {
  it(
    'shows the scenarios, the form "Send" and the newest rows on a screen of 1360 × 900, and scrolls as a whole',
    withDemo(async (demo) => {
      const { page } = demo
      await demo.connect()
      await waitForDevtools(demo)
      for (const part of [
        page.getByRole('region', { name: 'Scenarios' }),
        page.getByRole('region', { name: 'Send' }),
        page.locator('.log > .count'),
      ]) {
        expect((await boxOf(part)).bottom).toBeLessThanOrEqual(900)
      }
      const { clientHeight, scrollHeight } = await page
        .locator('.column-commands')
        .evaluate((column) => ({ clientHeight: column.clientHeight, scrollHeight: column.scrollHeight }))
      expect(scrollHeight).toBe(clientHeight)
      await page.getByRole('region', { name: 'Redux DevTools' }).scrollIntoViewIfNeeded()
      expect((await boxOf(page.getByRole('region', { name: 'Socket devtools' }))).y).toBeGreaterThanOrEqual(0)
    }),
  )

  it(
    'shows the scenarios above the devtools, whose list has at least 200 pixels, on a screen of 390 pixels',
    withDemo(async (demo) => {
      const { page } = demo
      await page.setViewportSize({ width: 390, height: 844 })
      await demo.connect()
      await demo.waitForRow('Event', 'socket/opened')
      const devtools = await boxOf(page.getByRole('region', { name: 'Socket devtools' }))
      const scenarios = await boxOf(page.getByRole('region', { name: 'Scenarios' }))
      expect(scenarios.bottom).toBeLessThan(devtools.y)
      expect(devtools.bottom).toBeLessThan((await boxOf(page.getByRole('region', { name: 'Send' }))).y)
      expect((await boxOf(page.locator('.log-scroller'))).height).toBeGreaterThanOrEqual(200)
    }),
  )

  it(
    'shows the queue in the form "Send", too, on a screen of 390 pixels, where the status is far away',
    withDemo(async (demo) => {
      const { page } = demo
      const meters = page.getByRole('progressbar', { name: /^Queue/ })
      await demo.connect()
      expect(await meters.count()).toBe(1)
      await page.setViewportSize({ width: 390, height: 844 })
      const send = page.getByRole('region', { name: 'Send' })
      await send.getByRole('progressbar', { name: 'Queue 0 of 50' }).scrollIntoViewIfNeeded()
      const meter = await boxOf(send.getByRole('progressbar'))
      const button = await boxOf(send.getByRole('button', { name: 'Send' }))
      expect(Math.abs(meter.y - button.bottom)).toBeLessThan(60)
      expect(await meters.count()).toBe(2)
    }),
  )
})

describe('the page "Sessions"', () => {
  it(
    'shows "Send again" right below "in doubt", also beside a text of two lines',
    withDemo(async (demo) => {
      const { page, server } = demo
      await page.goto(`${server.url}/?dev#sessions`)
      const sessions = sessionsPage(demo)
      await demo.connect()
      const long = 'a message that is long '.repeat(8).trim()
      await sessions.hold('messages')
      await sessions.send('short', long)
      await sessions.crash()
      await connectNow(demo)
      const gapOf = async (text: string) => {
        await sessions.waitForMessage(text, 'indeterminate', 'not at the server')
        const row = page.getByRole('article', { name: text, exact: true })
        const mark = await boxOf(row.locator('.entry-mark'))
        return (await boxOf(row.getByRole('button'))).y - mark.bottom
      }
      expect(await gapOf(long)).toBeCloseTo(await gapOf('short'), 1)
    }),
  )
})
