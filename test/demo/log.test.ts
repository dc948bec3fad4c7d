/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
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
