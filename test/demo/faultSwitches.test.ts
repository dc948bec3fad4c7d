/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- the waitFor functions are assertions, and withDemo() adds one
import { describe, expect, it } from '@jest/globals'
import { demoTests } from './support/demoTests.js'
import { runFault, waitForFaultResult, waitForLogCount } from './support/inspectorPage.js'

const withDemo = demoTests('inspector')

describe('the fault switches', () => {
  it(
    'drop: the page reconnects automatically',
    withDemo(
      async (demo) => {
        await demo.connect()
        await demo.press('Drop without a close frame')
        await waitForFaultResult(demo, 'Affected 1 connection.')
        await demo.waitForRow('Event', /socket\/closed .*"code":1006/)
        await demo.waitForRow('Event', /socket\/reconnecting/)
        await demo.skip(10_000)
        await demo.waitForRow('Event', '"reconnected":true')
        await demo.waitForStatus('Connected')
      },
      { hasClock: true },
    ),
  )

  it(
    'refuse: attempts fail until the server accepts connections again',
    withDemo(
      async (demo) => {
        await demo.connect()
        await demo.press('Refuse for 5 s answers with 503')
        await waitForFaultResult(demo, 'New connections are refused for 5 s.')
        await demo.press('Reconnect')
        await demo.waitForRow('Event', /socket\/error .*connection_failed/)
        await demo.waitForStatus('Waiting for retry')
        await runFault(demo.server.url, 'refuse', { seconds: 0 })
        await demo.skip(10_000)
        await demo.waitForStatus('Connected')
      },
      { hasClock: true },
    ),
  )

  it(
    'malformed JSON is an error, a binary frame becomes a handle, and the connection stays open',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Malformed JSON half an object')
      await demo.waitForRow('Event', /socket\/error .*"invalid_frame"/)
      await demo.press('Binary frame becomes a handle')
      await demo.waitForRow('Received', /\(4 bytes\)4 B$/)
      await demo.waitForStatus('Connected')
      await demo.send('"still here"')
      await demo.waitForRow('Received', '"still here"')
    }),
  )

  it(
    'ping: the middleware answers it, and it does not reach the store',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Ping counts the pongs')
      await waitForFaultResult(demo, /^1 of 1 connection answered within \d+ ms\.$/)
      // connect, connecting, opened
      await waitForLogCount(demo, '3 rows')
    }),
  )

  it.each([
    { code: 1012, reason: 'restart', phrase: 'Waiting for retry 1' },
    { code: 4400, reason: 'go away', phrase: 'Failed: stopped' },
    { code: 1000, reason: 'done', phrase: 'Closed' },
  ])('close with $code: $phrase', async ({ code, reason, phrase }) => {
    await withDemo(async (demo) => {
      await demo.connect()
      const form = demo.page.getByRole('form', { name: 'Close from the server' })
      await form.getByLabel('Code').fill(String(code))
      await form.getByLabel('Reason').fill(reason)
      await form.getByRole('button').click()
      await demo.waitForStatus(phrase)
      await demo.waitForRow('Event', new RegExp(`socket/closed .*"code":${code},"reason":"${reason}"`))
    })()
  })

  it(
    'freeze: no echo arrives until the server is unfrozen',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Freeze open, but no answer')
      await waitForFaultResult(demo, 'Frozen')
      await demo.send('"anybody?"')
      await demo.waitForRow('Sent', '"anybody?"')
      expect(await demo.page.getByRole('button', { name: 'Burst' }).isDisabled()).toBe(true)
      // The server has answered a later HTTP request, so an echo would have arrived.
      expect(await (await fetch(`${demo.server.url}/faults`)).json()).toMatchObject({ clients: 1, isFrozen: true })
      expect(await demo.rows('Received').count()).toBe(0)
      await demo.waitForStatus('Connected')

      await demo.press('Unfreeze frozen now')
      await demo.waitForRow('Received', '"anybody?"')
    }),
  )
})
