// oxlint-disable jest/expect-expect -- to wait for what the page shows is the assertion; withDemo() adds one of its own
import { describe, expect, it } from '@jest/globals'
import { demoTests, logCount, serverAnswers } from './page.js'

const withDemo = demoTests()

describe('the fault switches', () => {
  it(
    'drop: the page comes back by itself',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Drop without a close frame')
      await serverAnswers(demo, 'Hit 1 connection.')
      await demo.row('Event', /socket\/closed .*"code":1006/)
      await demo.row('Event', '"reconnected":true')
      await demo.status('Connected')
    }),
  )

  it(
    'refuse: attempts fail until the server takes them again',
    withDemo(async (demo) => {
      await demo.press('Refuse for 5 s 503 to new sockets')
      await serverAnswers(demo, 'Refusing new connections for 5 s.')
      await demo.press('Connect')
      await demo.row('Event', /socket\/error .*connection_failed/)
      await demo.status('Waiting for retry')
      await demo.status('Connected')
    }),
  )

  it(
    'malformed JSON is an error, a binary frame becomes a handle, and the connection stays',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Malformed JSON half an object')
      await demo.row('Event', /socket\/error .*"invalid_frame"/)
      await demo.press('Binary frame becomes a handle')
      await demo.row('Received', /byteLength.*4 B$/)
      await demo.status('Connected')
      await demo.send('"still here"')
      await demo.row('Received', '"still here"')
    }),
  )

  it(
    'ping: answered, and unseen by the store',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Ping counts the pongs')
      await serverAnswers(demo, /^1 of 1 connection answered in \d+ ms\.$/)
      // connect, connecting, opened
      await logCount(demo, '3 rows')
    }),
  )

  it.each([
    { code: 1012, reason: 'restart', phrase: 'Waiting for retry 1' },
    { code: 4400, reason: 'go away', phrase: 'Gave up: stopped' },
    { code: 1000, reason: 'done', phrase: 'Closed' },
  ])('close with $code: $phrase', async ({ code, reason, phrase }) => {
    await withDemo(async (demo) => {
      await demo.connect()
      const form = demo.page.getByRole('form', { name: 'Have the server close' })
      await form.getByLabel('Code').fill(String(code))
      await form.getByLabel('Reason').fill(reason)
      await form.getByRole('button').click()
      await demo.status(phrase)
      await demo.row('Event', new RegExp(`socket/closed .*"code":${code},"reason":"${reason}"`))
    })()
  })

  it(
    'silence: nothing comes back until the server speaks again',
    withDemo(async (demo) => {
      await demo.connect()
      await demo.press('Go silent up, but no answer')
      await serverAnswers(demo, 'Silent')
      await demo.send('"anybody?"')
      await demo.row('Sent', '"anybody?"')
      expect(await demo.page.getByRole('button', { name: 'Burst' }).isDisabled()).toBe(true)
      // The server has been asked something since: an echo would be here by now.
      expect(await (await fetch(`${demo.server.url}/faults`)).json()).toMatchObject({ clients: 1, isSilent: true })
      expect(await demo.rows('Received').count()).toBe(0)
      await demo.status('Connected')

      await demo.press('Speak again it is silent now')
      await demo.row('Received', '"anybody?"')
    }),
  )
})
