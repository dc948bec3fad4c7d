/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import { canLoad, drop, recordProgress, tileOf, waitForTransfer } from './support/bytesPage.js'
import { demoTests } from './support/demoTests.js'
import { runFault } from './support/inspectorPage.js'
import { tinyPng } from './support/png.js'

const withDemo = demoTests('bytes')

describe('a picture', () => {
  it(
    'is dropped, received back byte for byte, and shown',
    withDemo(async (demo) => {
      await demo.connect()
      const png = tinyPng()
      await drop(demo, 'tiny.png', png)
      await waitForTransfer(demo, 'tiny.png', 'Echo received.')

      const picture = demo.page.getByRole('img', { name: 'tiny.png' })
      await picture.waitFor()
      const shown = await picture.evaluate(async (image: HTMLImageElement) => {
        await image.decode()
        const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer())
        return { width: image.naturalWidth, height: image.naturalHeight, bytes: [...bytes] }
      })
      expect(shown).toEqual({ width: 3, height: 2, bytes: [...png] })
      expect(await tileOf(demo, 'tiny.png').textContent()).toContain(`${png.length} B, PNG`)
    }),
  )

  it(
    'can be chosen by keyboard',
    withDemo(async (demo) => {
      await demo.connect()
      const chooser = demo.page.getByLabel('Drop a picture here, or choose a file')
      // Before focus(), so that Chromium intercepts file choosers by the time of the key.
      const chosen = demo.page.waitForEvent('filechooser')
      await chooser.focus()
      await demo.page.keyboard.press('Space')
      await (await chosen).setFiles({ name: 'chosen.png', mimeType: 'image/png', buffer: tinyPng() })

      await demo.page.getByRole('img', { name: 'chosen.png' }).waitFor()
    }),
  )

  it(
    'is removed by "Release": its URL no longer loads, and other pictures stay',
    withDemo(async (demo) => {
      await demo.connect()
      await drop(demo, 'one.png', tinyPng())
      await drop(demo, 'two.png', tinyPng())
      const one = demo.page.getByRole('img', { name: 'one.png' })
      const url = (await one.getAttribute('src')) ?? ''
      expect(await canLoad(demo, url)).toBe(true)
      await demo.page.getByRole('img', { name: 'two.png' }).waitFor()

      await demo.press('Release one.png')
      await demo.page.getByText('1 item', { exact: true }).waitFor()

      expect(await one.count()).toBe(0)
      expect(await demo.page.getByRole('img', { name: 'two.png' }).count()).toBe(1)
      expect(await canLoad(demo, url)).toBe(false)
    }),
  )

  it(
    'is removed when six newer ones are received',
    withDemo(async (demo) => {
      await demo.connect()
      await drop(demo, '1.png', tinyPng())
      const url = (await demo.page.getByRole('img', { name: '1.png' }).getAttribute('src')) ?? ''
      for (const name of ['2.png', '3.png', '4.png', '5.png', '6.png', '7.png']) await drop(demo, name, tinyPng())
      await demo.page.getByRole('img', { name: '7.png' }).waitFor()

      expect(
        await demo.page
          .getByRole('listitem')
          .filter({ has: demo.page.getByRole('img') })
          .count(),
      ).toBe(6)
      expect(await canLoad(demo, url)).toBe(false)
    }),
  )

  it(
    'is queued while the connection is lost, and sent when it opens',
    withDemo(async (demo) => {
      const { url } = demo.server
      await demo.connect()
      await runFault(url, 'refuse', { seconds: 60 })
      await runFault(url, 'drop')
      await demo.page.getByRole('button', { name: 'Connect', exact: true }).waitFor()
      await drop(demo, 'early.png', tinyPng())
      await waitForTransfer(demo, 'early.png', 'Queued')
      await runFault(url, 'refuse', { seconds: 0 })
      // A retry may be first; then there is nothing to press any more.
      await Promise.any([demo.press('Connect'), waitForTransfer(demo, 'early.png', 'Echo received.')])
      await waitForTransfer(demo, 'early.png', 'Echo received.')
    }),
  )
})

describe('a file that is not a picture', () => {
  it(
    'is shown by its first bytes and its size, and can be saved under its name',
    withDemo(async (demo) => {
      await demo.connect()
      await drop(demo, 'notes.txt', Buffer.from('Dear diary'))
      const tile = tileOf(demo, 'notes.txt')
      await tile.waitFor()

      expect(await tile.textContent()).toContain('10 B, not a picture')
      expect(await tile.getByRole('group', { name: 'First bytes of notes.txt' }).textContent()).toBe(
        '0000 44 65 61 72 20 64 69 61 Dear dia\n0008 72 79                   ry\n',
      )
      const saved = demo.page.waitForEvent('download')
      await tile.getByRole('link', { name: 'Save notes.txt' }).click()
      expect((await saved).suggestedFilename()).toBe('notes.txt')
    }),
  )

  it(
    'is shown by its first bytes when the browser cannot decode it as a picture',
    withDemo(async (demo) => {
      await demo.connect()
      await drop(demo, 'broken.png', tinyPng().subarray(0, 12))

      await demo.page.getByRole('group', { name: 'First bytes of broken.png' }).waitFor()
      expect(await demo.page.getByRole('img', { name: 'broken.png' }).count()).toBe(0)
    }),
  )
})

describe('a large file', () => {
  it(
    'fills its progress bar while it is sent, and is received back',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.page.getByLabel('Slow server').check()
      const progress = await recordProgress(demo.page, 'Progress of large.bmp')
      await demo.press('Send a 20 MB picture')
      await waitForTransfer(demo, 'large.bmp', 'Echo received.')

      const { values, max } = await progress.jsonValue()
      expect(max).toBe(19_998_054)
      expect(values.toSorted((a, b) => a - b)).toEqual(values)
      // The number of steps depends on how often the page renders.
      expect(values.filter((value) => value > 0 && value < max).length).toBeGreaterThan(1)
      expect(values.at(-1)).toBe(max)
      const width = await demo.page
        .getByRole('img', { name: 'large.bmp' })
        .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))
      expect(width).toBe(3000)
    }),
  )

  it(
    'replaces the oldest received bytes when they exceed the limit together',
    withDemo(async (demo) => {
      await demo.connect()
      // The limit of the middleware is 64 MiB.
      for (const name of ['1.bin', '2.bin', '3.bin']) {
        await drop(demo, name, 22 * 1024 * 1024)
        await waitForTransfer(demo, name, 'Echo received.')
      }

      await tileOf(demo, '1.bin').getByText('Removed to make room for newer bytes.').waitFor()
      expect(await demo.page.getByText('Removed to make room for newer bytes.').count()).toBe(1)
      expect(await demo.page.getByRole('group', { name: /^First bytes of [23]\.bin$/ }).count()).toBe(2)
    }),
  )

  it(
    'is dropped without a send when it exceeds the limit of the server',
    withDemo(async (demo) => {
      await demo.connect()
      await drop(demo, 'huge.bin', 32 * 1024 * 1024 + 1)

      await waitForTransfer(demo, 'huge.bin', 'Dropped (over_limit): larger than 33.6 MB')
      await demo.waitForStatus('Connected')
    }),
  )

  it(
    'is dropped when it exceeds the limit of the queue and there is no connection',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.server.kill()
      await demo.page.getByRole('button', { name: 'Connect', exact: true }).waitFor()
      await demo.press('Send a 20 MB picture')

      await waitForTransfer(demo, 'large.bmp', 'Dropped (too_large): larger than 8.4 MB')
    }),
  )

  it(
    'is reported as lost when the connection closes before the echo',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.page.getByLabel('Slow server').check()
      await demo.press('Send a 20 MB picture')
      await waitForTransfer(demo, 'large.bmp', 'Sending.')
      await demo.server.kill()

      await waitForTransfer(demo, 'large.bmp', 'Lost: the connection closed before the echo arrived.')
    }),
  )
})
