/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import type { DemoPage } from './support/demoPage.js'
import { startDemoProcess } from './support/demoProcess.js'
import { demoTests } from './support/demoTests.js'
import { connectNow, expectAccessible } from './support/functionsPages.js'
import { call, waitForValue } from './support/functionsServer.js'
import { startDemo } from './support/host.js'

const withDemo = demoTests('time')

const clockOf = ({ page }: DemoPage, city: string) => {
  const card = page.getByRole('article', { name: city, exact: true })
  return {
    subscribe: async () => card.getByRole('button', { name: `Subscribe to ${city}` }).click(),
    dismiss: async () => card.getByRole('button', { name: `Dismiss ${city}` }).click(),
    unsubscribe: async () => card.getByRole('button', { name: `Unsubscribe from ${city}` }).click(),
    waitForStatus: async (status: string) => card.getByRole('status').getByText(status, { exact: true }).waitFor(),
    waitForText: async (text: string) => card.getByText(text).waitFor(),
    time: async () => card.locator('.clock-time').textContent(),
    waitForTicks: async (ticks: number) =>
      page.waitForFunction(
        ([name, count]) => {
          const cards = [...document.querySelectorAll('article')]
          const text = cards.find((shown) => shown.querySelector('h3')?.textContent === name)?.textContent ?? ''
          return Number(/· (\d+) tick/.exec(text)?.[1] ?? 0) >= count
        },
        [city, ticks] as const,
      ),
  }
}

const waitForClockCount = async ({ page, press }: DemoPage, text: string) => {
  await press('Count the clocks')
  await page.getByRole('status', { name: 'Clocks on the server' }).getByText(text, { exact: true }).waitFor()
}

describe('the page "Server time"', () => {
  it(
    'shows each tick of its subscriptions, and the server stops a clock with its subscription',
    withDemo(
      async (open) => {
        const { url } = open.server
        const [utc, tokyo, atlantis] = [clockOf(open, 'UTC'), clockOf(open, 'Tokyo'), clockOf(open, 'Atlantis')]
        await open.waitForStatus('Not connected yet')
        await utc.waitForStatus('Not subscribed')
        expect(await utc.time()).toBe('--:--:--')
        await utc.subscribe()
        await tokyo.subscribe()
        await atlantis.subscribe()
        await open.waitForStatus('Connected')
        await Promise.all([
          utc.waitForStatus('Active'),
          tokyo.waitForStatus('Active'),
          atlantis.waitForStatus('Failed'),
        ])
        await atlantis.waitForText('-32602: Invalid params')
        await atlantis.dismiss()
        await atlantis.waitForStatus('Not subscribed')
        await Promise.all([utc.waitForTicks(3), tokyo.waitForTicks(3)])
        // The time of the push in that time zone.
        const { shown, at } = await open.page
          .getByRole('article', { name: 'Tokyo' })
          .locator('time')
          .evaluate((element: HTMLTimeElement) => ({ shown: element.textContent, at: element.dateTime }))
        expect(new Date(at).toLocaleTimeString('en-GB', { timeZone: 'Asia/Tokyo' })).toBe(shown)
        await waitForClockCount(open, '2 clocks running on the server.')

        await utc.unsubscribe()
        await utc.waitForStatus('Not subscribed')
        await waitForValue(() => call(url, 'countClocks'), 1)
        await tokyo.waitForTicks(5)
        await tokyo.unsubscribe()
        await waitForValue(() => call(url, 'countClocks'), 0)
        await waitForClockCount(open, '0 clocks running on the server.')

        // Leaving the page ends its subscriptions.
        await utc.subscribe()
        await utc.waitForStatus('Active')
        await open.page.getByRole('link', { name: 'Inspector' }).click()
        await waitForValue(() => call(url, 'countClocks'), 0)
      },
      { start: () => startDemo({ tickInterval: 100 }) },
    ),
  )

  it(
    'subscribes again automatically after a crash of the server, to what is shown by then',
    withDemo(
      async (open) => {
        const [utc, berlin, tokyo] = [clockOf(open, 'UTC'), clockOf(open, 'Berlin'), clockOf(open, 'Tokyo')]
        await utc.subscribe()
        await berlin.subscribe()
        await Promise.all([utc.waitForStatus('Active'), berlin.waitForStatus('Active')])
        await utc.waitForTicks(1)
        await open.server.kill()
        // The session may go on, and the subscriptions with it: they stay active until the next connection says that it is lost.
        await open.waitForStatus('Waiting for retry')
        await Promise.all([utc.waitForStatus('Active'), berlin.waitForStatus('Active')])
        expect(await utc.time()).toMatch(/^\d\d:\d\d:\d\d$/)
        // Changes during the outage: the next connection subscribes to what is shown by then.
        await berlin.unsubscribe()
        await tokyo.subscribe()
        await tokyo.waitForStatus('Pending')
        await tokyo.waitForText('Waiting for the connection')

        await using again = await startDemo({ port: open.server.port })
        await connectNow(open)
        await Promise.all([utc.waitForStatus('Active'), tokyo.waitForStatus('Active'), tokyo.waitForTicks(2)])
        expect(await call(again.url, 'countClocks')).toBe(2)
        await expectAccessible(open)
      },
      { start: startDemoProcess },
    ),
  )

  it(
    'loses its connection by "Cut for 3 s", and its clock goes on when the server accepts connections again',
    withDemo(
      async (open) => {
        const { url } = open.server
        const utc = clockOf(open, 'UTC')
        await utc.subscribe()
        await utc.waitForStatus('Active')
        await open.press('Cut for 3 s')
        await open.page.getByText('Cut 1 connection. New ones are refused for 3 s.').waitFor()
        const [error] = (await once(new WebSocket(`${url.replace('http', 'ws')}/rpc/live`), 'error')) as [Error]
        expect(error.message).toContain('503')
        expect(await call(url, 'cutConnections', { seconds: 0 })).toBe(0)
        // The producer goes on at the server, for the same subscription.
        expect(await call(url, 'countClocks')).toBe(1)
        await open.skip(10_000)
        await open.waitForStatus('Connected')
        await utc.waitForTicks(3)
        await utc.waitForStatus('Active')
        expect(await call(url, 'countClocks')).toBe(1)
      },
      { hasClock: true },
    ),
  )
})
