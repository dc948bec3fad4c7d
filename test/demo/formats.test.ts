/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import type { DemoPage } from './support/demoPage.js'
import { demoTests } from './support/demoTests.js'
import { runFault } from './support/inspectorPage.js'

const withDemo = demoTests('bytes')

const formats = ['JSON', 'CBOR', 'MessagePack']

const sendMessage = async ({ page, press }: DemoPage, text: string, extra: 'None' | 'Numbers' | 'Date, bytes') => {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('radio', { name: extra }).check({ force: true })
  await press('Send in all formats')
}

const waitForResult = async ({ page }: DemoPage, text: RegExp) =>
  page.getByRole('status', { name: 'Result of the last message' }).filter({ hasText: text }).waitFor()

const textsOf = async ({ page }: DemoPage, what: string, which: readonly string[] = formats) =>
  Promise.all(
    which.map(async (format) => page.getByRole('group', { name: `${what} ${format}`, exact: true }).innerText()),
  )

/** The bytes of a hex dump: columns 5 to 27 of each line. */
const parseDump = (dump: string) =>
  Buffer.from(
    dump
      .split('\n')
      .map((line) => line.slice(5, 28))
      .join('')
      .replaceAll(/\s/g, ''),
    'hex',
  )

describe('a message in three formats', () => {
  it(
    'shows the frame of each format, and three equal echoes',
    withDemo(async (demo) => {
      await sendMessage(demo, 'hi', 'None')
      await waitForResult(demo, /^JSON 50 B, CBOR 36 B, MessagePack 36 B\. All three echoes equal the message\.$/)

      const [json, cbor, msgpack] = (await textsOf(demo, 'Frame in')).map(parseDump)
      expect(json?.toString()).toBe('{"type":"chat/said","payload":{"n":1,"text":"hi"}}')
      // A map of two entries, then the text "type" of four bytes: RFC 8949 and the MessagePack specification.
      expect(cbor?.toString('latin1')).toMatch(/^\xa2\x64type\x69chat\/said/)
      expect(msgpack?.toString('latin1')).toMatch(/^\x82\xa4type\xa9chat\/said/)
      expect(new Set(await textsOf(demo, 'Echo in')).size).toBe(1)
    }),
  )

  it(
    'takes fewer bytes for numbers in the binary formats',
    withDemo(async (demo) => {
      await sendMessage(demo, 'hi', 'Numbers')
      await waitForResult(demo, /All three echoes equal the message\.$/)

      const [json = 0, cbor = 0, msgpack = 0] = (await textsOf(demo, 'Frame in')).map((dump) => parseDump(dump).length)
      expect(cbor).toBeLessThan(json * 0.7)
      expect(msgpack).toBeLessThan(json * 0.7)
    }),
  )

  it(
    'keeps a date and bytes in the binary formats, and says that JSON cannot carry them',
    withDemo(async (demo) => {
      await sendMessage(demo, 'hi', 'Date, bytes')
      await waitForResult(demo, /^JSON cannot encode it, .* The other echoes equal the message\.$/)

      const [cbor, msgpack] = await textsOf(demo, 'Echo in', formats.slice(1))
      await demo.page.getByText('The format cannot carry the message.').waitFor()
      expect(cbor).toMatch(/"at": Date 2\d{3}-.*\n.*"thumbnail": Uint8Array\(48\) \[137, 226, /)
      expect(msgpack).toBe(cbor)
      expect(await demo.page.getByText('Equals the message', { exact: true }).count()).toBe(2)
    }),
  )

  it(
    'is collapsed when a newer one is sent, and can be expanded',
    withDemo(async (demo) => {
      await sendMessage(demo, 'first', 'None')
      await sendMessage(demo, 'second', 'None')
      await waitForResult(demo, /All three echoes equal the message\.$/)
      await demo.page.getByText('1. “first”').click()

      expect(await demo.page.getByRole('article', { name: 'JSON' }).count()).toBe(2)
      expect(await demo.page.getByText('Equals the message', { exact: true }).count()).toBe(6)
    }),
  )

  it(
    'is queued on all three connections while the server is down, and is sent later',
    withDemo(
      async (demo) => {
        await demo.page.getByText('MessagePack: connected').waitFor()
        await runFault(demo.server.url, 'refuse')
        await runFault(demo.server.url, 'drop')
        await demo.page.getByText(/JSON: waiting for retry/).waitFor()
        await sendMessage(demo, 'later', 'None')
        await demo.page.getByText('queued').nth(2).waitFor()
        await runFault(demo.server.url, 'refuse', { seconds: 0 })
        await demo.skip(10_000)

        await waitForResult(demo, /All three echoes equal the message\.$/)
      },
      { hasClock: true },
    ),
  )

  it(
    'shows which connection could not decode a frame',
    withDemo(async (demo) => {
      await demo.page.getByText('MessagePack: connected').waitFor()
      await runFault(demo.server.url, 'malformed')

      await demo.page.getByText('JSON: connected (invalid_frame)').waitFor()
      await demo.page.getByText('CBOR: connected (unsupported_frame)').waitFor()
      await demo.page.getByText('MessagePack: connected (unsupported_frame)').waitFor()
    }),
  )
})
