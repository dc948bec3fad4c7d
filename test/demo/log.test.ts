// oxlint-disable jest/expect-expect -- to wait for what the page shows is the assertion; withDemo() adds one of its own
import { describe, expect, it } from '@jest/globals'
import { burst, demoTests, logCount } from './page.js'

const withDemo = demoTests()

describe('ten thousand rows', () => {
  it(
    'renders the few in view, follows the newest, and drops the oldest beyond',
    withDemo(async (demo) => {
      await demo.connect()
      await burst(demo, 10_000)
      await logCount(demo, '10,000 rows')
      await demo.row('Received', '"n":10000,')
      expect(await demo.page.getByRole('listitem').count()).toBeLessThan(60)

      await burst(demo, 100)
      await demo.row('Received', '"n":100,"of":100')
      await logCount(demo, '10,000 rows')
      expect(await demo.page.getByRole('listitem').count()).toBeLessThan(60)
    }),
  )

  it(
    'stays where it was scrolled to while rows arrive, and finds back to the newest',
    withDemo(async (demo) => {
      await demo.connect()
      await burst(demo, 500)
      await demo.row('Received', '"n":500,')
      await demo.rows('Received', '"n":500,').hover()
      await demo.page.mouse.wheel(0, -6000)
      const newest = demo.page.getByRole('button', { name: 'Newest ↓' })
      await newest.waitFor()
      const seen = await demo.page.getByRole('listitem').nth(12).textContent()

      await burst(demo, 50)
      await logCount(demo, '553 rows')
      expect(await demo.page.getByRole('listitem').nth(12).textContent()).toBe(seen)
      await newest.click()
      await demo.row('Received', '"n":50,"of":50')
    }),
  )

  it(
    'holds still while paused, counting what arrives, and can be cleared',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Pause')
      await burst(demo, 250)
      await demo.page.getByText('250 new').waitFor()
      await logCount(demo, '3 rows')
      await demo.press('Resume')
      await logCount(demo, '253 rows')
      await demo.press('Clear')
      await logCount(demo, '0 rows')
      await demo.page.getByText('Nothing has happened yet.').waitFor()
    }),
  )
})
