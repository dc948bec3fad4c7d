import { describe, expect, it } from '@jest/globals'
import { demoTests, lastSend } from './page.js'
import { startDemoProcess } from './process.js'

const withDemo = demoTests()

describe('a server that goes away', () => {
  it(
    'counts down to the next attempt, keeps a message, and delivers it when the server is back',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.server.kill()
      // The first wait may be next to nothing; the second is 2 s at least.
      await demo.status('Waiting for retry 2')
      const timer = demo.page.getByRole('timer')
      const first = await timer.textContent()
      await demo.page.waitForFunction((before) => document.querySelector('[role=timer]')?.textContent !== before, first)

      await demo.send('"kept"')
      await lastSend(demo, 'Queued: goes out when the connection opens.')
      await demo.row('Sent', 'queued')
      await demo.page.getByText('1 of 50').waitFor()

      await using again = await startDemoProcess(demo.server.port)
      expect(again.port).toBe(demo.server.port)
      await demo.row('Received', '"kept"')
      await demo.status('Connected')
      await demo.page.getByText('0 of 50').waitFor()
      await demo.row('Sent', /"kept".*sent/)
      expect(await demo.rows('Event', '"reconnected":true').count()).toBe(1)
    }),
  )

  it(
    'dials at once when told to reconnect',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.server.kill()
      await demo.status('Waiting for retry 2')

      await using again = await startDemoProcess(demo.server.port)
      await demo.press('Reconnect')
      await demo.page.getByRole('status', { name: 'Outcome of the last command' }).filter({ hasText: 'open' }).waitFor()
      expect(again.url).toBe(demo.server.url)
      await demo.status('Connected')
    }),
  )
})
