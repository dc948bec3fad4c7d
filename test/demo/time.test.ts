import { describe, expect, it } from '@jest/globals'
import { ask, comeBack, eventually, expectForEverybody, livePages } from './livePage.js'
import type { OpenPage } from './page.js'
import { startDemoProcess } from './process.js'

const openTime = livePages('time')

const clock = ({ page }: OpenPage, city: string) => {
  const card = page.getByRole('article', { name: city, exact: true })
  return {
    subscribe: async () => card.getByRole('button', { name: `Subscribe to ${city}` }).click(),
    unsubscribe: async () => card.getByRole('button', { name: `Unsubscribe from ${city}` }).click(),
    is: async (status: string) => card.getByRole('status').getByText(status, { exact: true }).waitFor(),
    shows: async (text: string) => card.getByText(text).waitFor(),
    time: async () => card.locator('.clock-time').textContent(),
    hasTicked: async (times: number) =>
      page.waitForFunction(
        ([name, count]) => {
          const cards = [...document.querySelectorAll('article')]
          const text = cards.find((one) => one.querySelector('h3')?.textContent === name)?.textContent ?? ''
          return Number(/· (\d+) tick/.exec(text)?.[1] ?? 0) >= count
        },
        [city, times] as const,
      ),
  }
}

const reportsClocks = async ({ page, press }: OpenPage, text: string) => {
  await press('Count the clocks')
  await page.getByRole('status', { name: 'Clocks at the server' }).getByText(text, { exact: true }).waitFor()
}

describe('the page “Server time”', () => {
  it('shows what is subscribed to, second by second, and the server stops with the last subscription', async () => {
    await using server = await startDemoProcess()
    await using open = await openTime(server.url)
    const [utc, tokyo, atlantis] = [clock(open, 'UTC'), clock(open, 'Tokyo'), clock(open, 'Atlantis')]
    await open.status('Not connected yet')
    await utc.is('Not subscribed')
    expect(await utc.time()).toBe('--:--:--')
    await utc.subscribe()
    await tokyo.subscribe()
    await atlantis.subscribe()
    await open.status('Connected')
    await Promise.all([utc.is('Active'), tokyo.is('Active'), atlantis.is('Failed')])
    await atlantis.shows('-32602: Invalid params')
    await Promise.all([utc.hasTicked(3), tokyo.hasTicked(3)])
    // The time of the push, as it is there.
    const { shown, at } = await open.page
      .getByRole('article', { name: 'Tokyo' })
      .locator('time')
      .evaluate((element: HTMLTimeElement) => ({ shown: element.textContent, at: element.dateTime }))
    expect(new Date(at).toLocaleTimeString('en-GB', { timeZone: 'Asia/Tokyo' })).toBe(shown)
    await reportsClocks(open, '2 clocks running at the server.')

    await utc.unsubscribe()
    await utc.is('Not subscribed')
    await eventually(() => ask(server.url, 'countClocks'), 1)
    await tokyo.hasTicked(5)
    await tokyo.unsubscribe()
    await eventually(() => ask(server.url, 'countClocks'), 0)
    await reportsClocks(open, '0 clocks running at the server.')

    // Another page ends what only this one shows.
    await utc.subscribe()
    await utc.is('Active')
    await open.page.getByRole('link', { name: 'Echo' }).click()
    await eventually(() => ask(server.url, 'countClocks'), 0)
    expect(open.problems).toEqual([])
  })

  it('subscribes again by itself once the server is back after a crash, and says meanwhile that it waits', async () => {
    await using server = await startDemoProcess()
    await using open = await openTime(server.url)
    const [utc, berlin, tokyo] = [clock(open, 'UTC'), clock(open, 'Berlin'), clock(open, 'Tokyo')]
    await utc.subscribe()
    await berlin.subscribe()
    await Promise.all([utc.is('Active'), berlin.is('Active')])
    await utc.hasTicked(1)
    await server.kill()
    await Promise.all([utc.is('Pending'), berlin.is('Pending')])
    expect(await utc.time()).toMatch(/^\d\d:\d\d:\d\d$/)
    // Given up and asked for while there is no server: the next one is asked for what is wanted by then.
    await berlin.unsubscribe()
    await tokyo.subscribe()
    await tokyo.is('Pending')

    await using again = await startDemoProcess(server.port)
    await comeBack(open)
    await Promise.all([utc.is('Active'), tokyo.is('Active'), tokyo.hasTicked(2)])
    expect(await ask(again.url, 'countClocks')).toBe(2)
    await expectForEverybody(open)
    expect(open.problems).toEqual([])
  })

  it('loses its connection when told to, and has it back', async () => {
    await using server = await startDemoProcess()
    await using open = await openTime(server.url)
    const utc = clock(open, 'UTC')
    await utc.subscribe()
    await utc.is('Active')
    await open.press('Cut for 3 s')
    await utc.is('Pending')
    await open.page.getByText('Cut 1 connection, and refusing new ones for 3 s.').waitFor()
    await utc.is('Active')
    expect(open.problems).toEqual([])
  })
})
