import { describe, expect, it } from '@jest/globals'
import { ask, comeBack, eventually, expectForEverybody, livePages } from './livePage.js'
import type { OpenPage } from './page.js'
import { startDemoProcess } from './process.js'

const openFunctions = livePages('functions')

const functionsPage = ({ page }: OpenPage) => {
  const calls = page.getByRole('list', { name: 'Calls, the newest first' }).getByRole('article')
  return {
    choose: async (transport: string) => page.getByRole('radio', { name: transport }).check({ force: true }),
    call: async (code: string) =>
      page.getByRole('region', { name: 'Call a function' }).getByRole('button', { name: code }).click(),
    /** The newest call. */
    newest: calls.first(),
    abort: async () =>
      calls
        .first()
        .getByRole('button', { name: /^Abort/ })
        .click(),
    result: async () => {
      const text = await calls.first().locator('pre').textContent()
      return JSON.parse(text ?? '') as unknown
    },
    pending: async (count: number) => page.getByText(`${count} pending on the socket`, { exact: true }).waitFor(),
  }
}

describe('the page “Remote functions”', () => {
  it('gets the same results and the same errors over the socket and by HTTP', async () => {
    await using server = await startDemoProcess()
    await using open = await openFunctions(server.url)
    const { choose, call, newest, result } = functionsPage(open)
    await open.page.getByText('No calls yet. Make the first one.').waitFor()

    const callAll = async (transport: string) => {
      await choose(transport)
      const results: unknown[] = []
      for (const code of ['add([2, 3])', 'withdraw(', "add([2, 'three'", 'fly(']) {
        // oxlint-disable-next-line no-await-in-loop -- one call after the other
        await call(code)
        // oxlint-disable-next-line no-await-in-loop
        await newest
          .filter({ hasText: code })
          .filter({ hasText: transport })
          .getByText(/^\d+ ms$/)
          .waitFor()
        // oxlint-disable-next-line no-await-in-loop
        results.push(await result())
      }
      return results
    }
    const byHttp = await callAll('HTTP')
    expect(byHttp).toEqual([
      { data: 5 },
      { error: { code: 402, message: 'There is not enough money.', data: { balance: 30, missing: 70 } } },
      {
        error: { code: -32602, message: 'Invalid params', data: { issues: [expect.objectContaining({ path: '1' })] } },
      },
      { error: { code: -32601, message: 'Method not found' } },
    ])
    // HTTP needs no connection.
    await open.status('Not connected yet')
    expect(await callAll('Socket')).toEqual(byHttp)
    await open.status('Connected')
    await expectForEverybody(open)
    expect(open.problems).toEqual([])
  })

  it('aborts a slow one, and the server stops working on it', async () => {
    await using server = await startDemoProcess()
    await using open = await openFunctions(server.url)
    const { choose, call, abort, newest, result, pending } = functionsPage(open)
    await call('sleep(')
    await pending(1)
    await eventually(() => ask(server.url, 'countSleeps'), 1)
    await newest.getByText('Waiting for the answer…').waitFor()
    await abort()
    await newest.getByText('The server was told, and stopped.').waitFor()
    expect(await result()).toEqual({ error: { code: 'request_aborted', message: 'The request was aborted.' } })
    await pending(0)

    await choose('HTTP')
    await call('sleep(')
    await eventually(() => ask(server.url, 'countSleeps'), 1)
    await abort()
    await eventually(() => ask(server.url, 'countSleeps'), 0)
    await newest.getByText('The server was told, and stopped.').waitFor()
    expect(await result()).toMatchObject({ error: { code: 'request_aborted' } })
    expect(open.problems).toEqual([])
  })

  it('tells a call whose connection was lost, and waits with the next for another', async () => {
    await using server = await startDemoProcess()
    await using open = await openFunctions(server.url, [/^Failed to load resource: net::ERR_CONNECTION_REFUSED/])
    const { choose, call, newest, result, pending } = functionsPage(open)
    await call('sleep(')
    await open.status('Connected')
    await pending(1)
    await server.kill()
    await newest.locator('pre').waitFor()
    expect(await result()).toMatchObject({ error: { code: 'disconnected' } })
    await choose('HTTP')
    await call('add([2, 3])')
    await newest.locator('pre').waitFor()
    expect(await result()).toMatchObject({ error: { code: 'disconnected' } })
    await choose('Socket')
    await call('add([2, 3])')
    await newest.getByText('Waiting for the answer…').waitFor()

    await using again = await startDemoProcess(server.port)
    await comeBack(open)
    await newest.locator('pre').waitFor()
    expect(await result()).toEqual({ data: 5 })
    expect(await ask(again.url, 'add', [1, 1])).toBe(2)
    expect(open.problems).toEqual([])
  })
})
