// oxlint-disable jest/expect-expect -- to wait for what the page shows is the assertion; withDemo() adds one of its own
import { describe, expect, it } from '@jest/globals'
import { drop, fileDescribed, leadsSomewhere, openBytesPage, tile, watchProgress } from './bytesPage.js'
import { demoTests } from './page.js'
import { tinyPng } from './png.js'

const withDemo = demoTests()

describe('a picture', () => {
  it(
    'is dropped, comes back byte for byte, and is shown',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      const png = tinyPng()
      await drop(demo, 'tiny.png', png)
      await fileDescribed(demo, 'tiny.png', 'Came back.')

      const picture = demo.page.getByRole('img', { name: 'tiny.png' })
      await picture.waitFor()
      const shown = await picture.evaluate(async (image: HTMLImageElement) => {
        await image.decode()
        const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer())
        return { width: image.naturalWidth, height: image.naturalHeight, bytes: [...bytes] }
      })
      expect(shown).toEqual({ width: 3, height: 2, bytes: [...png] })
      expect(await tile(demo, 'tiny.png').textContent()).toContain(`${png.length} B, PNG`)
    }),
  )

  it(
    'is chosen by keyboard',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      const chooser = demo.page.getByLabel('Drop a picture here, or choose a file')
      await chooser.focus()
      const chosen = demo.page.waitForEvent('filechooser')
      await demo.page.keyboard.press('Space')
      await (await chosen).setFiles({ name: 'chosen.png', mimeType: 'image/png', buffer: tinyPng() })

      await demo.page.getByRole('img', { name: 'chosen.png' }).waitFor()
    }),
  )

  it(
    'is gone once it is released: its URL leads nowhere, and the others stay',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      await drop(demo, 'one.png', tinyPng())
      await drop(demo, 'two.png', tinyPng())
      const one = demo.page.getByRole('img', { name: 'one.png' })
      const url = (await one.getAttribute('src')) ?? ''
      expect(await leadsSomewhere(demo, url)).toBe(true)
      await demo.page.getByRole('img', { name: 'two.png' }).waitFor()

      await demo.press('Release one.png')
      await demo.page.getByText('1 piece', { exact: true }).waitFor()

      expect(await one.count()).toBe(0)
      expect(await demo.page.getByRole('img', { name: 'two.png' }).count()).toBe(1)
      expect(await leadsSomewhere(demo, url)).toBe(false)
    }),
  )

  it(
    'makes room, when a seventh comes, by the oldest going',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      await drop(demo, '1.png', tinyPng())
      const url = (await demo.page.getByRole('img', { name: '1.png' }).getAttribute('src')) ?? ''
      for (const name of ['2.png', '3.png', '4.png', '5.png', '6.png', '7.png']) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, for their order matters
        await drop(demo, name, tinyPng())
      }
      await demo.page.getByRole('img', { name: '7.png' }).waitFor()

      expect(
        await demo.page
          .getByRole('listitem')
          .filter({ has: demo.page.getByRole('img') })
          .count(),
      ).toBe(6)
      expect(await leadsSomewhere(demo, url)).toBe(false)
    }),
  )

  it(
    'waits for the connection, and goes out when there is one',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await drop(demo, 'early.png', tinyPng())
      await fileDescribed(demo, 'early.png', 'Queued')
      await demo.connect()

      await fileDescribed(demo, 'early.png', 'Came back.')
    }),
  )
})

describe('a file that is no picture', () => {
  it(
    'is shown as its first bytes, with its size, and can be saved under its name',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      await drop(demo, 'notes.txt', Buffer.from('Dear diary'))
      const shown = tile(demo, 'notes.txt')
      await shown.waitFor()

      expect(await shown.textContent()).toContain('10 B, not a picture')
      expect(await shown.getByRole('group', { name: 'First bytes of notes.txt' }).textContent()).toBe(
        '0000 44 65 61 72 20 64 69 61 Dear dia\n0008 72 79                   ry\n',
      )
      const saved = demo.page.waitForEvent('download')
      await shown.getByRole('link', { name: 'Save notes.txt' }).click()
      expect((await saved).suggestedFilename()).toBe('notes.txt')
    }),
  )

  it(
    'but calls itself one, is shown as bytes when the browser finds out',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      await drop(demo, 'broken.png', tinyPng().subarray(0, 12))

      await demo.page.getByRole('group', { name: 'First bytes of broken.png' }).waitFor()
      expect(await demo.page.getByRole('img', { name: 'broken.png' }).count()).toBe(0)
    }),
  )
})

describe('a large file', () => {
  it(
    'fills its bar while it leaves, and comes back',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      await demo.page.getByLabel('Slow server').check()
      const progress = await watchProgress(demo.page, 'Progress of large.bmp')
      await demo.press('Send a 20 MB picture')
      await fileDescribed(demo, 'large.bmp', 'Came back.')

      const { values, max } = await progress.jsonValue()
      expect(max).toBe(19_998_054)
      expect(values.toSorted((a, b) => a - b)).toEqual(values)
      expect(values.filter((value) => value > 0 && value < max).length).toBeGreaterThan(10)
      expect(values.at(-1)).toBe(max)
      const width = await demo.page
        .getByRole('img', { name: 'large.bmp' })
        .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))
      expect(width).toBe(3000)
    }),
  )

  it(
    'makes older ones go when the bytes kept would be too many',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      for (const others of [0, 1, 2, 3]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, as a person would
        await demo.press('Send a 20 MB picture')
        // oxlint-disable-next-line no-await-in-loop
        await demo.page.getByText(`${others + 1} piece`).waitFor()
      }

      await demo.page.getByText('Let go to make room for newer bytes.').waitFor()
      expect(await demo.page.getByRole('img', { name: 'large.bmp' }).count()).toBe(3)
    }),
  )

  it(
    'is not tried when nobody would take it',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      await drop(demo, 'huge.bin', 32 * 1024 * 1024 + 1)

      await fileDescribed(demo, 'huge.bin', 'Dropped (over_limit): larger than 33.6 MB')
      await demo.status('Connected')
    }),
  )

  it(
    'is dropped when it would have to wait and is larger than the queue',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.press('Send a 20 MB picture')

      await fileDescribed(demo, 'large.bmp', 'Dropped (too_large): larger than 8.4 MB')
    }),
  )

  it(
    'is said to be lost when the server goes before its echo',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.connect()
      await demo.page.getByLabel('Slow server').check()
      await demo.press('Send a 20 MB picture')
      await fileDescribed(demo, 'large.bmp', 'On its way.')
      await demo.server.kill()

      await fileDescribed(demo, 'large.bmp', 'Lost: the connection closed before its echo came.')
    }),
  )
})
