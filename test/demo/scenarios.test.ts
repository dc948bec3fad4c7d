/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import type { SocketRecording } from '../../src/devtools/index.js'
import type { DemoPage } from './support/demoPage.js'
import { demoTests } from './support/demoTests.js'
import { exportRecording, importRecording, waitForDevtools } from './support/inspectorPage.js'

const withDemo = demoTests('inspector')

const scenarioOf = ({ page }: DemoPage, label: string) => ({
  start: async () => page.getByRole('link', { name: label }).click(),
  waitForEnd: async () =>
    page
      .getByRole('status', { name: 'State of the scenario' })
      .filter({ hasText: `“${label}” is over.` })
      .waitFor(),
})

describe('the scenarios', () => {
  it(
    'run by a link: malformed frames are errors, and the connection stays open',
    withDemo(async (demo) => {
      const { page, server } = demo
      await page.goto('about:blank')
      await page.goto(`${server.url}/?dev#inspector/malformed`)
      await scenarioOf(demo, 'Malformed frames').waitForEnd()
      await page.getByRole('radio', { name: 'Problems' }).check({ force: true })
      const problems = demo.rows('Event', 'invalid_frame')
      await problems.nth(4).waitFor()
      expect(await problems.count()).toBe(5)
      await demo.waitForStatus('Connected')
    }),
  )

  it(
    'run by a click: after 4401 the page reconnects at once with a new token, and the token is nowhere',
    withDemo(async (demo) => {
      const { page } = demo
      const tokens: unknown[] = []
      page.on('websocket', (socket) => tokens.push(new URL(socket.url()).searchParams.get('token')))
      await demo.connect()
      await scenarioOf(demo, 'Token expiry').start()
      expect(new URL(page.url()).hash).toBe('#inspector/token-expiry')
      await demo.waitForRow('Event', /socket\/closed .*"code":4401/)
      await demo.waitForRow('Event', '"reconnected":true')
      expect(tokens).toEqual(['token-2'])
      expect(await page.locator('body').textContent()).not.toMatch(/token-\d/)
      await scenarioOf(demo, 'Token expiry').waitForEnd()
    }),
  )

  it(
    'fill the queue by a slow reader',
    withDemo(async (demo) => {
      await demo.connect()
      await scenarioOf(demo, 'Slow reader').start()
      await demo.page.locator('.queue-some, .queue-full').waitFor()
      await scenarioOf(demo, 'Slow reader').waitForEnd()
      await demo.page.getByText('0 of 50').waitFor()
    }),
  )

  it(
    'can be stopped, which ends the faults of the server',
    withDemo(async (demo) => {
      await demo.connect()
      await scenarioOf(demo, 'Slow reader').start()
      await demo.waitForRow('Sent')
      expect(await (await fetch(`${demo.server.url}/faults`)).json()).toMatchObject({ isSlow: true })
      await demo.press('Stop')
      await demo.page.getByText('“Slow reader” was stopped.').waitFor()
      expect(await (await fetch(`${demo.server.url}/faults`)).json()).toMatchObject({ isSlow: false })
    }),
  )

  it(
    'lead through a tunnel: sends wait while the server is away, and go out when it is back',
    withDemo(
      async (demo) => {
        await demo.connect()
        await scenarioOf(demo, 'Train tunnel').start()
        await demo.page.clock.runFor(6_000)
        await demo.waitForRow('Event', /socket\/reconnecting/)
        await demo.waitForRow('Sent', 'queued')
        await fetch(`${demo.server.url}/faults/refuse`, { method: 'POST', body: '{"seconds":0}' })
        await demo.skip(10_000)
        await demo.waitForRow('Event', '"reconnected":true')
        await demo.page.getByText('0 of 50').waitFor()
        await demo.rows('Sent', 'queued').first().waitFor({ state: 'detached' })
      },
      { hasClock: true },
    ),
  )

  it(
    'deploy the server: after 1012 the page reconnects when the server is back, and what was sent meanwhile goes out',
    withDemo(
      async (demo) => {
        await demo.connect()
        await scenarioOf(demo, 'Server deploy').start()
        await demo.page.clock.runFor(1_000)
        await demo.waitForRow('Event', /socket\/closed .*"code":1012,"reason":"deploy"/)
        await demo.page.clock.runFor(500)
        await demo.waitForRow('Sent', 'queued')
        await fetch(`${demo.server.url}/faults/refuse`, { method: 'POST', body: '{"seconds":0}' })
        await demo.skip(30_000)
        await demo.waitForRow('Event', '"reconnected":true')
        await demo.rows('Sent', 'queued').first().waitFor({ state: 'detached' })
      },
      { hasClock: true },
    ),
  )

  it(
    'send ten thousand messages at once',
    withDemo(async (demo) => {
      await demo.connect()
      await scenarioOf(demo, 'Burst of 10,000').start()
      await demo.waitForRow('Received', '"n":10000,')
      await scenarioOf(demo, 'Burst of 10,000').waitForEnd()
    }),
  )
})

describe('a recording', () => {
  it(
    'is exported as JSON, and imported and replayed without a socket',
    withDemo(async (demo) => {
      const { page } = demo
      await demo.connect()
      await waitForDevtools(demo)
      await demo.send('"recorded"')
      await demo.waitForRow('Received', '"recorded"')
      const text = await exportRecording(demo)
      const { connections } = JSON.parse(text) as SocketRecording
      expect(connections.map(({ name }) => name)).toContain('default')
      await demo.press('Clear')
      await page.getByText('No events yet.').waitFor()

      let sockets = 0
      page.on('websocket', () => (sockets += 1))
      await importRecording(demo, text)
      await demo.waitForRow('Received', '"recorded"')
      await page.getByRole('slider', { name: 'Moment of the recording' }).press('Home')
      await page.getByText('No events yet.').waitFor()
      await page.getByRole('radio', { name: '16×' }).check({ force: true })
      await demo.press('Play')
      await demo.waitForRow('Received', '"recorded"')
      await demo.press('Back to live')
      await page.getByText('No events yet.').waitFor()
      expect(sockets).toBe(0)
    }),
  )
})

describe('the production build', () => {
  it(
    'is what the page runs without "?dev"',
    withDemo(async (demo) => {
      const { page, server } = demo
      const scripts: string[] = []
      page.on('request', (request) => scripts.push(new URL(request.url()).pathname))
      await page.goto('about:blank')
      await page.goto(`${server.url}/`)
      await demo.connect()
      await waitForDevtools(demo)
      expect(scripts).toContain('/app.js')
      expect(scripts).not.toContain('/app.dev.js')
    }),
  )
})
