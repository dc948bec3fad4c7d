/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import { demoTests } from './support/demoTests.js'
import { runFault, sendCopies, textOf, waitForLogCount, waitForSendResult } from './support/inspectorPage.js'

const withDemo = demoTests('inspector')

describe('the page "Inspector"', () => {
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
      await demo.page.getByRole('radio', { name: 'State', exact: true }).check({ force: true })
      expect(await textOf(demo, 'State as JSON')).toContain('"status": "open"')
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
      await demo.press('Connect')

      await demo.waitForRow('Event', /socket\/opened .*\/ws\/room\/7\?…","protocol":"chat.v2"/)
    }),
  )

  it(
    'shows the problem of an invalid message at its field, and does not send it',
    withDemo(async (demo) => {
      await demo.connect()
      const message = demo.page.getByRole('textbox', { name: 'Message', exact: true })
      await message.fill('{ "type": ')
      await demo.page.keyboard.press('Control+Enter')
      expect(await demo.page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true)

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
    'queues sends while the connection is lost, and drops those beyond the limit',
    withDemo(
      async (demo) => {
        await demo.connect()
        await runFault(demo.server.url, 'refuse', { seconds: 60 })
        await demo.press('Drop without a close frame')
        await demo.waitForStatus('Waiting for retry')
        await sendCopies(demo, 60)
        await waitForSendResult(demo, '50 queued, 10 dropped (overflow: the queue is full).')
        await demo.page.getByText('50 of 50, full').waitFor()
        expect(await demo.page.getByRole('progressbar').getAttribute('value')).toBe('50')

        await runFault(demo.server.url, 'refuse', { seconds: 0 })
        await demo.skip(30_000)
        await demo.waitForStatus('Connected')
        await demo.page.getByText('0 of 50').waitFor()
        await demo.page.getByRole('radio', { name: 'Sent' }).check({ force: true })
        await demo.page.getByRole('searchbox').fill('CHAT/SAID')
        await waitForLogCount(demo, /^60 of \d+ rows$/)
        await demo.rows('Sent', 'queued').first().waitFor({ state: 'detached' })
        await demo.page.getByRole('radio', { name: 'Received' }).check({ force: true })
        await waitForLogCount(demo, /^50 of \d+ rows$/)
      },
      { hasClock: true },
    ),
  )

  it(
    'shows the whole message when its row is expanded',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.send('{"a":[1,{"b":null}]}')
      await demo.waitForRow('Received')
      const row = demo.rows('Received').locator('.log-text')
      await row.click()

      expect(await row.getAttribute('aria-expanded')).toBe('true')
      expect(await demo.rows('Received').locator('pre').textContent()).toBe(
        JSON.stringify({ a: [1, { b: null }] }, null, 2),
      )
    }),
  )
})
