/** @jest-environment ./test/env/demo.cjs */
import { describe, expect, it } from '@jest/globals'
import { pages } from '../../demo/src/route.js'
import { findViolations } from '../support/axe.js'
import type { DemoPage } from './support/demoPage.js'
import { demoTests } from './support/demoTests.js'
import { connectNow } from './support/functionsPages.js'
import { exportRecording, importRecording, waitForDevtools } from './support/inspectorPage.js'
import { sessionsPage } from './support/sessionsPage.js'

const withDemo = demoTests('inspector')

/** One message in doubt, one that waits for its acknowledgement, and one acknowledged. */
const showMessages = async (demo: DemoPage) => {
  const page = sessionsPage(demo)
  await demo.connect()
  await page.hold('messages')
  await page.send('in doubt')
  await page.crash()
  await connectNow(demo)
  await page.waitForMessage('in doubt', 'indeterminate', 'not at the server')
  await page.send('acknowledged')
  await page.waitForMessage('acknowledged', '✓✓', 'arrived once')
  await page.hold('answers')
  await page.send('sent')
  await page.waitForMessage('sent', '✓ sent', 'arrived once')
}

/** Opens a page and waits until it shows something of its connection. */
const open = async (demo: DemoPage, name: string, label: string) => {
  await demo.page.getByRole('link', { name: label, exact: true }).click()
  await demo.page.getByRole('status', { name: 'Connection status' }).waitFor()
  if (name === 'sessions') await showMessages(demo)
  if (name !== 'inspector') return
  await demo.connect()
  // On a narrow screen, the charts are a view of their own.
  const charts = demo.page.getByRole('radio', { name: 'Charts' })
  await demo.page.getByRole('radio', { name: 'State', exact: true }).waitFor()
  const hasView = (await charts.count()) > 0
  if (hasView) await charts.check({ force: true })
  await waitForDevtools(demo)
  if (hasView) {
    expect(await findViolations(demo.page)).toEqual([])
    await demo.page.getByRole('radio', { name: 'Log', exact: true }).check({ force: true })
  }
  await demo.press('Malformed JSON half an object')
  await demo.waitForRow('Event', 'invalid_frame')
  await demo.rows('Event', 'invalid_frame').locator('.log-text').click()
}

describe('axe-core finds no violation', () => {
  describe.each(pages)('on the page "$label"', ({ name, label }) => {
    it.each([
      { look: 'light and dark', width: 1360, colorSchemes: ['light', 'dark'] },
      { look: '390 pixels wide', width: 390, colorSchemes: ['light'] },
    ] as const)('$look', async ({ width, colorSchemes }) => {
      await withDemo(async (demo) => {
        await demo.page.setViewportSize({ width, height: 900 })
        await demo.page.emulateMedia({ reducedMotion: 'reduce' })
        await open(demo, name, label)
        for (const colorScheme of colorSchemes) {
          await demo.page.emulateMedia({ colorScheme })
          expect({ colorScheme, violations: await findViolations(demo.page) }).toEqual({ colorScheme, violations: [] })
        }
      }, {})()
    })
  })

  it(
    'in the state of the devtools and in a replay',
    withDemo(async (demo) => {
      const { page } = demo
      await demo.connect()
      await waitForDevtools(demo)
      await importRecording(demo, await exportRecording(demo))
      await page.getByRole('group', { name: 'Replay' }).waitFor()
      await page.getByRole('radio', { name: 'State', exact: true }).check({ force: true })
      expect(await findViolations(page)).toEqual([])
    }),
  )
})
