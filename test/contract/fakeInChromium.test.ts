import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { openBundledPage, type BundledPage } from '../support/chromium.js'
import { cases } from './cases.js'
import { facts } from './facts.js'

// The fake WebSocket in a real browser. contract.test.ts and facts.test.ts run the same cases in Node, chromium.test.ts on the browser's own WebSocket.

let opened: BundledPage

beforeAll(async () => {
  opened = await openBundledPage('test/contract/environments/fakePage.ts')
}, 60_000)

afterAll(async () => await opened[Symbol.asyncDispose]())

it('behaves in Chromium as in Node', async () => {
  await opened.reload()
  const names = [...facts, ...cases].map(({ name }) => name)
  expect(names.length).toBeGreaterThan(80)
  expect(await opened.call('runAll', names)).toEqual([])
})
