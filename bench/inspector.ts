// The first page of the demo, whose devtools record and show a connection, at 1 000 messages a second for 10 s in Chromium: how many frames a second the page
// paints, and its longest task. The machine runs the browser and the server.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { launchChromium } from '../test/support/chromium.js'
import { print } from './support/measure.js'

const perSecond = 1_000
const seconds = 10

/** Starts the demo. */
const startDemo = async () => {
  const child = spawn(process.execPath, ['scripts/demo.mjs'], {
    env: { ...process.env, PORT: '0', POSTS_DB: ':memory:' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/\S+/.exec(line)?.[0]
    if (url !== undefined) return { url, stop: () => child.kill() }
  }
  throw new Error('the demo did not start')
}

interface Run {
  readonly framesPerSecond: number
  /** In milliseconds; 0 when no task took 50 ms, the shortest that a browser reports. */
  readonly longestTask: number
  readonly rows: string
}

const demo = await startDemo()
const browser = await launchChromium()
const page = await browser.newPage({ viewport: { width: 1360, height: 900 } })
await page.goto(demo.url)
await page.getByRole('status', { name: 'Connection status' }).filter({ hasText: 'Connected' }).waitFor()
await page.locator('.chart canvas').nth(3).waitFor()

const run: Run = await page.evaluate(
  async ([rate, duration]) => {
    let frames = 0
    let longestTask = 0
    let isRunning = true
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longestTask = Math.max(longestTask, entry.duration)
    })
    const count = () => {
      frames += 1
      if (isRunning) requestAnimationFrame(count)
    }
    await fetch('/faults/stream', { method: 'POST', body: JSON.stringify({ perSecond: rate, seconds: duration }) })
    observer.observe({ type: 'longtask' })
    const startedAt = performance.now()
    requestAnimationFrame(count)
    await new Promise((resolve) => setTimeout(resolve, duration * 1_000))
    const took = performance.now() - startedAt
    isRunning = false
    observer.disconnect()
    const rows = document.querySelector('[data-reduplex-devtools]')?.shadowRoot?.querySelector('.log > .count')
    return { framesPerSecond: (frames / took) * 1_000, longestTask, rows: rows?.textContent ?? '' }
  },
  [perSecond, seconds] as const,
)

const what = `the demo's inspector at ${perSecond} messages/s for ${seconds} s`
const ours = `${run.rows} in the log`
print({
  what: `${what}, frames`,
  ours,
  against: '',
  values: [run.framesPerSecond],
  unit: 'frames/s',
  bar: { is: '≥', than: 55 },
})
print({
  what: `${what}, longest task`,
  ours,
  against: '',
  values: [run.longestTask],
  unit: 'ms',
  bar: { is: '≤', than: 50 },
})
await browser.close()
demo.stop()
