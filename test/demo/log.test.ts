/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import type { DemoPage } from './support/demoPage.js'
import { demoTests } from './support/demoTests.js'
import { burst, waitForLogCount } from './support/inspectorPage.js'

const withDemo = demoTests('inspector')

describe('the log with ten thousand rows', () => {
  it(
    'renders only the visible rows, follows the newest, and drops the oldest beyond its limit',
    withDemo(async (demo) => {
      await demo.connect()
      await burst(demo, 10_000)
      await waitForLogCount(demo, '10,000 rows')
      await demo.waitForRow('Received', '"n":10000,')
      expect(await demo.page.getByRole('listitem').count()).toBeLessThan(60)

      await burst(demo, 100)
      await demo.waitForRow('Received', '"n":100,"of":100')
      await waitForLogCount(demo, '10,000 rows')
      expect(await demo.page.getByRole('listitem').count()).toBeLessThan(60)
    }),
  )

  it(
    'keeps its scroll position when rows arrive, and returns to the newest by a button',
    withDemo(async (demo) => {
      await demo.connect()
      await burst(demo, 500)
      await demo.waitForRow('Received', '"n":500,')
      await demo.rows('Received', '"n":500,').hover()
      await demo.page.mouse.wheel(0, -6000)
      const newest = demo.page.getByRole('button', { name: 'Newest ↓' })
      await newest.waitFor()
      const visible = await demo.page.getByRole('listitem').nth(12).textContent()

      await burst(demo, 50)
      await waitForLogCount(demo, '553 rows')
      expect(await demo.page.getByRole('listitem').nth(12).textContent()).toBe(visible)
      await newest.click()
      await demo.waitForRow('Received', '"n":50,"of":50')
    }),
  )

  it(
    'does not change while paused, counts the rows that arrive, and can be cleared',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Pause')
      await burst(demo, 250)
      await demo.page.getByText('250 new').waitFor()
      await waitForLogCount(demo, '3 rows')
      await demo.press('Resume')
      await waitForLogCount(demo, '253 rows')
      await demo.press('Clear')
      await waitForLogCount(demo, '0 rows')
      await demo.page.getByText('No events yet.').waitFor()
    }),
  )
})

describe('a row of the log that is expanded', () => {
  /** Expands a row. Returns whether the row and its button are within the list. */
  const expand = async (demo: DemoPage, text: string) => {
    const row = demo.rows('Received', text)
    await row.locator('.log-text').click()
    await row.locator('pre').waitFor()
    return await row.evaluate(async (element) => {
      // A measurement of the list may scroll it in the next frames.
      for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame)
      const list = element.closest('.log-scroller')!.getBoundingClientRect()
      return ['.log-text', '.copy'].map((selector) => {
        const { top, bottom } = element.querySelector(selector)!.getBoundingClientRect()
        return top >= list.top && bottom <= list.bottom
      })
    })
  }
  const long = JSON.stringify(Array.from({ length: 60 }, (_none, index) => `line ${index}`))

  it(
    'stays in view with its button, also when it is the newest one and higher than the list',
    withDemo(async (demo) => {
      await demo.connect()
      await burst(demo, 100)
      await demo.waitForRow('Received', '"n":100,')
      await demo.send(long)
      await demo.waitForRow('Received', 'line 0')
      expect(await expand(demo, 'line 0')).toEqual([true, true])
      await demo.page.getByRole('button', { name: 'Newest ↓' }).waitFor()
    }),
  )

  it(
    'stays where it is when there is room below it',
    withDemo(async (demo) => {
      await demo.connect()
      await burst(demo, 100)
      await demo.waitForRow('Received', '"n":100,')
      const top = async () => (await demo.rows('Received', '"n":95,').boundingBox())?.y
      const before = await top()
      expect(await expand(demo, '"n":95,')).toEqual([true, true])
      expect(await top()).toBe(before)
    }),
  )
})
