/** @jest-environment ./test/env/demo.cjs */
// oxlint-disable jest/expect-expect -- withDemo() adds an assertion
import { describe, expect, it } from '@jest/globals'
import { storyAbout } from '../../demo/functions/story.js'
import type { DemoPage } from './support/demoPage.js'
import { startDemoProcess } from './support/demoProcess.js'
import { demoTests } from './support/demoTests.js'
import { connectNow, expectAccessible } from './support/functionsPages.js'
import { call, waitForValue } from './support/functionsServer.js'
import { startDemo } from './support/host.js'

const withDemo = demoTests('functions')

const functionsPage = ({ page }: DemoPage) => {
  const newest = page.getByRole('list', { name: 'Calls, the newest first' }).getByRole('article').first()
  return {
    choose: async (transport: string) => page.getByRole('radio', { name: transport }).check({ force: true }),
    call: async (code: string) =>
      page.getByRole('region', { name: 'Call a function' }).getByRole('button', { name: code }).click(),
    /** The newest call. */
    newest,
    abort: async () => newest.getByRole('button', { name: /^Abort/ }).click(),
    result: async () => {
      const text = await newest.locator('pre').textContent()
      return JSON.parse(text ?? '') as unknown
    },
    waitForPending: async (count: number) =>
      page.getByText(`${count} pending on the socket`, { exact: true }).waitFor(),
  }
}

const codes = ['add([2, 3])', 'withdraw(', "add([2, 'three'", 'fly(']

const callAll = async (open: DemoPage, transport: string): Promise<unknown[]> => {
  const { choose, call: press, newest, result } = functionsPage(open)
  await choose(transport)
  const results: unknown[] = []
  for (const code of codes) {
    await press(code)
    await newest
      .filter({ hasText: code })
      .filter({ hasText: transport })
      .getByText(/^\d+ ms$/)
      .waitFor()
    results.push(await result())
  }
  return results
}

describe('the page "Remote functions"', () => {
  it(
    'shows an answer word by word, cancels it, and goes on with another one after a cut, without a lost or doubled word',
    withDemo(async ({ page, server, waitForStatus }) => {
      const panel = page.getByRole('region', { name: 'An answer in chunks' })
      const story = panel.getByRole('group', { name: 'Story' })
      const end = panel.getByLabel('End of the story')
      await panel.getByText('session: none').waitFor()
      // The connection is lazy: the first call opens it.
      await panel.getByRole('button', { name: 'Tell a story' }).click()
      await story.getByText(/^Once upon a/).waitFor()
      await waitForStatus('Connected')
      await panel.getByRole('button', { name: 'Cancel the story' }).click()
      await end.getByText('Cancelled.').waitFor()
      const text = await story.textContent()
      await panel.getByRole('button', { name: 'Tell a story' }).click()
      await story.getByText(/^Once upon/).waitFor()
      await call(server.url, 'cutConnections', { seconds: 0 })
      await panel.getByText('session: resumed').waitFor()
      await end.getByText('Complete: 87 words.').waitFor()
      expect(text).not.toContain('each of them once')
      expect(await story.textContent()).toBe(storyAbout('rain'))
    }),
  )

  it(
    'shows the same results and errors for the socket and for HTTP',
    withDemo(async (open) => {
      await open.page.getByText('No calls yet. Make the first one.').waitFor()
      const byHttp = await callAll(open, 'HTTP')
      expect(byHttp).toEqual([
        { data: 5 },
        { error: { code: 402, message: 'Insufficient funds.', data: { balance: 30, missing: 70 } } },
        {
          error: {
            code: -32602,
            message: 'Invalid params',
            data: { issues: [expect.objectContaining({ path: '1' })] },
          },
        },
        { error: { code: -32601, message: 'Method not found' } },
      ])
      // HTTP does not open the connection.
      await open.waitForStatus('Not connected yet')
      expect(await callAll(open, 'Socket')).toEqual(byHttp)
      await open.waitForStatus('Connected')
      await expectAccessible(open)
    }),
  )

  it(
    'aborts a slow call, which the server then cancels',
    withDemo(async (open) => {
      const { url } = open.server
      const { choose, call: press, abort, newest, result, waitForPending } = functionsPage(open)
      await press('sleep(')
      await waitForPending(1)
      await waitForValue(() => call(url, 'countSleeps'), 1)
      await newest.getByText('Waiting for the response…').waitFor()
      await abort()
      await newest.getByText('The server cancelled it.').waitFor()
      expect(await result()).toEqual({ error: { code: 'request_aborted', message: 'The request was aborted.' } })
      await waitForPending(0)

      await choose('HTTP')
      await press('sleep(')
      await waitForValue(() => call(url, 'countSleeps'), 1)
      await abort()
      await waitForValue(() => call(url, 'countSleeps'), 0)
      await newest.getByText('The server cancelled it.').waitFor()
      expect(await result()).toMatchObject({ error: { code: 'request_aborted' } })
    }),
  )

  it(
    'shows that a call was lost with the session by a crash of the server, and sends the next call on the next connection',
    withDemo(
      async (open) => {
        const { choose, call: press, newest, result, waitForPending } = functionsPage(open)
        await press('sleep(')
        await open.waitForStatus('Connected')
        await waitForPending(1)
        await open.server.kill()
        await open.waitForStatus('Waiting for retry')
        // The next connection says whether the call goes on.
        await newest.getByText('Waiting for the connection…').waitFor()
        await choose('HTTP')
        await press('add([2, 3])')
        await newest.locator('pre').waitFor()
        expect(await result()).toMatchObject({ error: { code: 'disconnected' } })
        await choose('Socket')
        await press('add([2, 3])')
        await newest.getByText('Waiting for the connection…').waitFor()

        await using again = await startDemo({ port: open.server.port })
        await connectNow(open)
        await newest.locator('pre').waitFor()
        expect(await result()).toEqual({ data: 5 })
        const lost = open.page.getByRole('article', { name: 'sleep({ seconds: 5 })' })
        await lost.getByText('"disconnected"').waitFor()
        await open.page.getByText('session: lost').waitFor()
        expect(await call(again.url, 'add', [1, 1])).toBe(2)
      },
      { start: startDemoProcess, harmless: [/^Failed to load resource: net::ERR_CONNECTION_REFUSED/] },
    ),
  )
})
