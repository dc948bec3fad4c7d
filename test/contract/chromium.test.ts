import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { openBundledPage, type BundledPage } from '../support/chromium.js'
import { cases } from './cases.js'
import { facts } from './facts.js'
import type { ServerControl } from './world.js'
import { startRealServer, type RealServer } from './worlds/realServer.js'

let browser: BundledPage
let server: RealServer | undefined

beforeAll(async () => {
  browser = await openBundledPage('test/contract/worlds/page.ts')
  await browser.page.exposeFunction('serverControl', async (method: keyof ServerControl, args: never[]) => {
    if (server === undefined) throw new Error('no server is up')
    return await (server.control[method] as (...given: never[]) => Promise<unknown>)(...args)
  })
}, 60_000)

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
})

afterEach(async () => {
  await server?.[Symbol.asyncDispose]()
  server = undefined
})

/** Runs a case inside the page; the server stays here. */
const runInPage = async (name: string): Promise<void> => {
  const current = await startRealServer()
  server = current
  await browser.reload()
  await browser.page.evaluate(
    async ([what, url]) => {
      const page = globalThis as unknown as { runContractCase: (name: string, url: string) => Promise<void> }
      await page.runContractCase(what, url)
    },
    [name, current.url] as const,
  )
}

describe('a WebSocket, as the standard has it: Chromium', () => {
  it.each(facts)('$name', async ({ name }) => await expect(runInPage(name)).resolves.toBeUndefined(), 20_000)
})

describe('the contract: Chromium', () => {
  it.each(cases)('$name', async ({ name }) => await expect(runInPage(name)).resolves.toBeUndefined(), 20_000)
})
