/** @jest-environment ./test/env/demo.cjs */
import { describe, expect, it } from '@jest/globals'
import type { DemoPage } from './support/demoPage.js'
import { demoTests } from './support/demoTests.js'
import { waitForDevtools, waitForSendResult } from './support/inspectorPage.js'
import { startDemo } from './support/host.js'

const withDemo = demoTests('inspector')

/** Skips the first retry, whose delay may be almost 0. The delay of every later one is at least 2 s. */
const skipFirstRetry = async (demo: DemoPage) => {
  await demo.waitForRow('Event', /socket\/reconnecting/)
  await demo.skip(10_000)
  await demo.waitForStatus(/Waiting for retry ([2-9]|\d\d)/)
}

describe('a server that is down', () => {
  it(
    'makes the page count down to the next retry, queue a message, and send it when the server is up again',
    withDemo(
      async (demo) => {
        await demo.connect()
        await waitForDevtools(demo)
        await demo.server.kill()
        await skipFirstRetry(demo)
        const timer = demo.page.getByRole('timer')
        const first = await timer.textContent()
        await demo.page.waitForFunction(
          (before) => document.querySelector('[role=timer]')?.textContent !== before,
          first,
        )

        await demo.send('"kept"')
        await waitForSendResult(demo, 'Queued: sent when the connection opens.')
        await demo.waitForRow('Sent', 'queued')
        await demo.page.getByText('1 of 50').waitFor()

        await using again = await startDemo({ port: demo.server.port })
        expect(again.port).toBe(demo.server.port)
        await demo.skip(10_000)
        await demo.waitForRow('Received', '"kept"')
        await demo.waitForStatus('Connected')
        await demo.page.getByText('0 of 50').waitFor()
        await demo.waitForRow('Sent', /"kept".*sent/)
        expect(await demo.rows('Event', '"reconnected":true').count()).toBe(1)
      },
      { hasClock: true },
    ),
  )

  it(
    'is connected to at once by the button "Reconnect" when it is up again',
    withDemo(
      async (demo) => {
        await demo.connect()
        await waitForDevtools(demo)
        await demo.server.kill()
        await skipFirstRetry(demo)

        await using again = await startDemo({ port: demo.server.port })
        await demo.press('Reconnect')
        await demo.page
          .getByRole('status', { name: 'Result of the last command' })
          .filter({ hasText: 'open' })
          .waitFor()
        expect(again.url).toBe(demo.server.url)
        await demo.waitForStatus('Connected')
      },
      { hasClock: true },
    ),
  )
})
