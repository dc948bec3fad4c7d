/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import { demoTests } from './support/demoTests.js'
import { sendCopies, textOf, waitForLogCount, waitForSendResult } from './support/inspectorPage.js'

/** The warning of development. */
const SENT_BEFORE_CONNECT = /a message was sent before any socketConnect/

const withDemo = demoTests('inspector')

describe('the page "Echo"', () => {
  it(
    'connects, sends, and shows the echo',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.send('{ "type": "chat/said", "payload": "grüß dich" }')
      await demo.waitForRow('Received', 'grüß dich')

      // 42 characters of compact JSON, of which ü and ß take two bytes each.
      expect(await demo.rows('Sent').allTextContents()).toEqual([expect.stringMatching(/sent44 B$/)])
      expect(await demo.rows('Received').allTextContents()).toEqual([expect.stringMatching(/44 B$/)])
      await waitForSendResult(demo, 'Sent: passed to the WebSocket.')
      expect(await textOf(demo, 'The socket slice as JSON')).toContain('"status": "open"')
    }),
  )

  it(
    'closes with a code and a reason, and drops later sends',
    withDemo(async (demo) => {
      await demo.connect()
      const form = demo.page.getByRole('form', { name: 'Close the connection' })
      await form.getByLabel('Code').fill('1005')
      await form.getByText('1000, or 3000 to 4999.').waitFor()
      await form.getByLabel('Code').fill('4000')
      await form.getByLabel('Reason').fill('lunch')
      await form.getByRole('button').click()
      await demo.waitForStatus('Closed')
      await demo.waitForRow('Event', /socket\/closed .*"code":4000,"reason":"lunch","wasClean":true/)

      await demo.send('"too late"')
      await waitForSendResult(demo, 'Dropped (closed)')
      await demo.waitForRow('Sent', 'dropped: closed')
    }),
  )

  it(
    'offers the given subprotocols, and connects to the given path below the url',
    withDemo(async (demo) => {
      await demo.page.getByLabel('Path').fill('room/7')
      await demo.page.getByLabel('Protocols').fill('chat.v2, chat.v1')
      await demo.connect()

      await demo.waitForRow('Event', /socket\/opened .*\/ws\/room\/7","protocol":"chat.v2"/)
    }),
  )

  it(
    'shows the problem of an invalid message at its field, and does not send it',
    withDemo(async (demo) => {
      await demo.connect()
      const message = demo.page.getByRole('textbox', { name: 'Message', exact: true })
      await message.fill('{ "type": ')
      await demo.press('Send')

      expect(await message.getAttribute('aria-invalid')).toBe('true')
      const noteId = (await message.getAttribute('aria-describedby')) ?? ''
      expect(await demo.page.locator(`[id="${noteId}"]`).textContent()).toMatch(/^Not JSON: /)
      expect(await demo.rows('Sent').count()).toBe(0)

      await demo.page.getByRole('radio', { name: 'Text' }).check({ force: true })
      await demo.press('Send')
      await demo.waitForRow('Received', String.raw`"{ \"type\": "`)
    }),
  )

  it(
    'queues sends before the first connection, and drops those beyond the limit',
    withDemo(
      async (demo) => {
        await sendCopies(demo, 60)
        await waitForSendResult(demo, '50 queued, 10 dropped (overflow: the queue is full).')
        await demo.page.getByText('50 of 50, full').waitFor()
        expect(await demo.page.getByRole('progressbar').getAttribute('value')).toBe('50')

        await demo.connect()
        await demo.page.getByText('0 of 50').waitFor()
        // 3 events, 60 sends, 10 drops, 50 echoes
        await waitForLogCount(demo, '123 rows')
        await demo.page.getByRole('radio', { name: 'Sent' }).check({ force: true })
        await demo.page.getByRole('searchbox').fill('CHAT/SAID')
        await waitForLogCount(demo, '60 of 123 rows')
        expect(await demo.rows('Sent', 'queued').count()).toBe(0)
      },
      { harmless: [SENT_BEFORE_CONNECT] },
    ),
  )

  it(
    'shows the whole message when its row is expanded',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.send('{"a":[1,{"b":null}]}')
      await demo.waitForRow('Received')
      const row = demo.rows('Received').getByRole('button')
      await row.click()

      expect(await row.getAttribute('aria-expanded')).toBe('true')
      expect(await demo.rows('Received').locator('pre').textContent()).toBe(
        JSON.stringify({ a: [1, { b: null }] }, null, 2),
      )
    }),
  )
})
