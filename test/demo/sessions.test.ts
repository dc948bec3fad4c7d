/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import { demoTests } from './support/demoTests.js'
import { connectNow, expectAccessible } from './support/functionsPages.js'
import { sessionsPage } from './support/sessionsPage.js'

const withDemo = demoTests('sessions')

describe('the page "Sessions"', () => {
  it(
    'shows ✓ while a message is on its way, and ✓✓ when the server has acknowledged it',
    withDemo(async (demo) => {
      const page = sessionsPage(demo)
      await demo.connect()
      await page.waitForVerdict('new')
      await page.hold('messages')
      await page.send('one', 'two')
      await page.waitForMessage('two', '✓ sent', 'not at the server')
      await page.waitForCounts('2 messages sent and not acknowledged', '0 messages in doubt')
      await page.release('messages')
      await page.waitForMessage('one', '✓✓ acknowledged', 'arrived once')
      await page.waitForMessage('two', '✓✓ acknowledged', 'arrived once')
      await page.waitForCounts('0 messages sent and not acknowledged')
    }),
  )

  it(
    'shows that messages which a cut has lost arrive once and in order, on all pages',
    withDemo(async (demo) => {
      const page = sessionsPage(demo)
      const other = await demo.openPage()
      await Promise.all([demo.connect(), other.connect()])
      await page.hold('messages')
      await page.send('one', 'two', 'three')
      await page.waitForMessage('three', '✓ sent', 'not at the server')
      await page.cut()
      await page.waitForVerdict('resumed')
      for (const text of ['one', 'two', 'three']) {
        await page.waitForMessage(text, '✓✓ acknowledged', 'arrived once')
        await sessionsPage(other).waitForMessage(text, 'Page ', 'arrived once')
      }
      await page.expectMessages('three', 'two', 'one')
      await sessionsPage(other).expectMessages('three', 'two', 'one')
    }),
  )

  it(
    'shows that a message is not handled again when only its acknowledgement was lost',
    withDemo(async (demo) => {
      const page = sessionsPage(demo)
      await demo.connect()
      await page.hold('answers')
      await page.send('one')
      await page.waitForMessage('one', '✓ sent', 'arrived once')
      await page.cut()
      await page.waitForVerdict('resumed')
      await page.waitForMessage('one', '✓✓ acknowledged', 'arrived once')
    }),
  )

  it(
    'shows a message that waits for the connection, which then goes out in the same session',
    withDemo(
      async (demo) => {
        const page = sessionsPage(demo)
        await demo.connect()
        await demo.page.clock.pauseAt(Date.now() + 5_000)
        await page.cut()
        await demo.waitForStatus('Waiting for retry')
        await page.send('one')
        await page.waitForMessage('one', '… waits for the connection', 'not at the server')
        await demo.page.clock.resume()
        await demo.skip(10_000)
        await page.waitForVerdict('resumed')
        await page.waitForMessage('one', '✓✓ acknowledged', 'arrived once')
      },
      { hasClock: true },
    ),
  )

  it(
    'reports what a crash of the server leaves in doubt, handled or not, and sends it again without doubling it',
    withDemo(async (demo) => {
      const page = sessionsPage(demo)
      await demo.connect()
      await page.send('before')
      await page.waitForMessage('before', '✓✓ acknowledged', 'arrived once')
      await page.hold('answers')
      await page.send('handled')
      await page.waitForMessage('handled', '✓ sent', 'arrived once')
      await page.hold('messages')
      await page.send('missed')
      await page.waitForMessage('missed', '✓ sent', 'not at the server')
      await page.crash()
      await page.waitForVerdict('lost')
      await page.waitForMessage('handled', '? in doubt: indeterminate', 'arrived once')
      await page.waitForMessage('missed', '? in doubt: indeterminate', 'not at the server')
      await page.waitForCounts('0 messages sent and not acknowledged', '2 messages in doubt')

      await page.sendAgain('handled')
      await page.sendAgain('missed')
      await page.waitForMessage('handled', '✓✓ acknowledged', 'arrived once')
      await page.waitForMessage('missed', '✓✓ acknowledged', 'arrived once')
      await page.waitForCounts('0 messages in doubt')
      await page.expectMessages('missed', 'handled', 'before')
    }),
  )

  it(
    'shows a new session after a proper restart of the server, and leaves nothing in doubt',
    withDemo(async (demo) => {
      const page = sessionsPage(demo)
      const other = await demo.openPage()
      await Promise.all([demo.connect(), other.connect()])
      await page.hold('messages')
      await page.send('one')
      await page.restart()
      await demo.page.getByText('The server has handled what it had').waitFor()
      await connectNow(demo)
      await page.waitForVerdict('new')
      await page.waitForMessage('one', '✓✓ acknowledged', 'arrived once')
      await page.waitForCounts('0 messages in doubt')
      await sessionsPage(other).waitForMessage('one', 'Page ', 'arrived once')
    }),
  )

  it(
    'names every control, and fits a screen of 360 pixels',
    withDemo(async (demo) => {
      const page = sessionsPage(demo)
      await demo.connect()
      await page.hold('messages')
      await page.send('long '.repeat(30), 'x'.repeat(150))
      await page.crash()
      await connectNow(demo)
      await page.waitForVerdict('lost')
      await page.waitForCounts('2 messages in doubt')
      await expectAccessible(demo)
      expect(await demo.page.getByRole('button', { name: /^Send again/ }).count()).toBe(2)
    }),
  )
})
