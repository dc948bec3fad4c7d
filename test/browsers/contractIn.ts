import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { cases } from '../contract/cases.js'
import { facts } from '../contract/facts.js'
import type { Case, ServerControl } from '../contract/environment.js'
import { startRealServer, type RealServer } from '../contract/environments/realServer.js'
import type { BrowserPage } from '../support/browserPage.js'
import { faults } from './faults.js'

export interface Engine {
  readonly name: string
  /** Matches its `navigator.userAgent`, and that of no other engine. */
  readonly userAgent: RegExp
  readonly open: (entry: string) => Promise<BrowserPage>
  /** The program of the page. @default the browser's own WebSocket */
  readonly entry?: string
  /** The cases in which it differs, with what they report then; one that no longer differs must leave the list. */
  readonly differs?: readonly (readonly [name: string, why: string, says: string])[]
}

/** Runs the facts, the contract and the main faults inside a page of that engine; the server stays in Node. */
export const contractIn = ({
  name: engine,
  userAgent,
  open,
  entry = 'test/contract/environments/page.ts',
  differs = [],
}: Engine): void => {
  let page: BrowserPage
  let server: RealServer | undefined

  beforeAll(async () => {
    page = await open(entry)
    page.site.answer = async (method, args) => {
      if (server === undefined) throw new Error('no server is up')
      return await (server.control[method as keyof ServerControl] as (...given: unknown[]) => Promise<unknown>)(...args)
    }
  }, 60_000)

  afterAll(async () => {
    await (page as BrowserPage | undefined)?.[Symbol.asyncDispose]()
  })

  afterEach(async () => {
    await server?.[Symbol.asyncDispose]()
    server = undefined
  })

  const runInPage = async (name: string): Promise<unknown> => {
    const current = await startRealServer()
    server = current
    await page.reload()
    return (await page.call('runContractCase', name, current.url)) ?? undefined
  }

  const suite = (title: string, all: readonly Case[]): void => {
    const names = all.map(({ name }) => name)
    const different = differs.filter(([name]) => names.includes(name))
    const alike = names.filter((name) => !different.some(([left]) => left === name))
    describe(`${title}: ${engine}`, () => {
      it.each(alike)('%s', async (name) => await expect(runInPage(name)).resolves.toBeUndefined(), 20_000)
      if (different.length === 0) return
      it.each(different)(
        '%s, except that here %s',
        async (name, _why, says) => await expect(runInPage(name)).rejects.toThrow(says),
        20_000,
      )
    })
  }

  it(`${engine} is the engine that runs`, async () => {
    await page.reload()
    expect(await page.call('userAgent')).toMatch(userAgent)
  })
  it('the list of differences names existing cases only', () => {
    const names = new Set([...facts, ...cases, ...faults].map(({ name }) => name))
    expect(differs.filter(([name]) => !names.has(name))).toEqual([])
  })
  suite('a WebSocket, as the standard has it', facts)
  suite('the contract', cases)
  suite('faults', faults)
}
