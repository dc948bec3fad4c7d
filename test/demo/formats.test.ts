// oxlint-disable jest/expect-expect -- to wait for what the page shows is the assertion; withDemo() adds one of its own
import { describe, expect, it } from '@jest/globals'
import { openBytesPage } from './bytesPage.js'
import { demoTests, type DemoPage } from './page.js'

const withDemo = demoTests()

const formats = ['JSON', 'CBOR', 'MessagePack']

const say = async ({ page, press }: DemoPage, text: string, cargo: 'Text' | 'Numbers' | 'Date, bytes') => {
  await page.getByLabel('What to say').fill(text)
  await page.getByRole('radio', { name: cargo }).check({ force: true })
  await press('Send in all three')
}

const result = async ({ page }: DemoPage, text: RegExp) =>
  page.getByRole('status', { name: 'Result of the last message' }).filter({ hasText: text }).waitFor()

const textsOf = async ({ page }: DemoPage, what: string) =>
  Promise.all(
    formats.map(async (format) => page.getByRole('group', { name: `${what} ${format}`, exact: true }).innerText()),
  )

/** The bytes of a dump: columns 5 to 27 of each line. */
const dumped = (dump: string) =>
  Buffer.from(
    dump
      .split('\n')
      .map((line) => line.slice(5, 28))
      .join('')
      .replaceAll(/\s/g, ''),
    'hex',
  )

describe('the same message in three formats', () => {
  it(
    'shows the frame of each, and all three come back the same',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await say(demo, 'hi', 'Text')
      await result(demo, /^JSON 50 B, CBOR 36 B, MessagePack 36 B\. All three came back the same\.$/)

      const [json, cbor, msgpack] = (await textsOf(demo, 'Frame in')).map(dumped)
      expect(json?.toString()).toBe('{"type":"chat/said","payload":{"n":1,"text":"hi"}}')
      // A map of two, then the text "type" of four bytes: as RFC 8949 and the MessagePack specification write them.
      expect(cbor?.toString('latin1')).toMatch(/^\xa2\x64type\x69chat\/said/)
      expect(msgpack?.toString('latin1')).toMatch(/^\x82\xa4type\xa9chat\/said/)
      expect(new Set(await textsOf(demo, 'What came back in')).size).toBe(1)
    }),
  )

  it(
    'writes numbers shorter in the binary ones',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await say(demo, 'hi', 'Numbers')
      await result(demo, /All three came back the same\.$/)

      const [json = 0, cbor = 0, msgpack = 0] = (await textsOf(demo, 'Frame in')).map((dump) => dumped(dump).length)
      expect(cbor).toBeLessThan(json * 0.7)
      expect(msgpack).toBeLessThan(json * 0.7)
    }),
  )

  it(
    'carries a date and bytes in the binary ones, and says that JSON made something else of them',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await say(demo, 'hi', 'Date, bytes')
      await result(demo, /What JSON brought back is changed\.$/)

      const [json, cbor, msgpack] = await textsOf(demo, 'What came back in')
      expect(json).toMatch(/"at": "2\d{3}-/)
      expect(cbor).toMatch(/"at": Date 2\d{3}-.*\n.*"thumbnail": Uint8Array\(48\) \[137, 226, /)
      expect(msgpack).toBe(cbor)
      await demo.page.getByText('Came back changed').waitFor()
      expect(await demo.page.getByText('Came back the same', { exact: true }).count()).toBe(2)
    }),
  )

  it(
    'folds earlier messages, which can be opened again',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await say(demo, 'first', 'Text')
      await say(demo, 'second', 'Text')
      await result(demo, /All three came back the same\.$/)
      await demo.page.getByText('1. “first”').click()

      expect(await demo.page.getByRole('article', { name: 'JSON' }).count()).toBe(2)
      expect(await demo.page.getByText('Came back the same', { exact: true }).count()).toBe(6)
    }),
  )

  it(
    'is queued on all three while the server is away, and comes back later',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.page.getByText('MessagePack: connected').waitFor()
      await fetch(`${demo.server.url}/faults/refuse`, { method: 'POST' })
      await fetch(`${demo.server.url}/faults/drop`, { method: 'POST' })
      await demo.page.getByText(/JSON: waiting for retry/).waitFor()
      await say(demo, 'later', 'Text')

      await result(demo, /All three came back the same\.$/)
    }),
  )

  it(
    'tells which connection did not understand the server',
    withDemo(async (demo) => {
      await openBytesPage(demo)
      await demo.page.getByText('MessagePack: connected').waitFor()
      await fetch(`${demo.server.url}/faults/malformed`, { method: 'POST' })

      await demo.page.getByText('JSON: connected (invalid_frame)').waitFor()
      await demo.page.getByText('CBOR: connected (unsupported_frame)').waitFor()
      await demo.page.getByText('MessagePack: connected (unsupported_frame)').waitFor()
    }),
  )
})
