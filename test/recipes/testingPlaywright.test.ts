import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { openBundledPage, type BundledPage } from '../support/chromium.js'
import { runFile } from './pageFiles.js'

let opened: BundledPage

beforeAll(async () => {
  opened = await openBundledPage('test/recipes/playwrightPage.ts')
}, 60_000)

afterAll(async () => await opened[Symbol.asyncDispose]())

it('plays the server of a page with routeWebSocket, and closes its connection', async () => {
  const { routeChat } = runFile('docs/testing.md', 'routeChat.ts') as {
    routeChat: (page: Page) => Promise<() => Promise<void>>
  }
  const close = await routeChat(opened.page)
  await opened.reload()
  expect(await opened.call('connect')).toBe('open')
  expect(await opened.call('lines', 1)).toEqual(['welcome'])
  await opened.call('say', 'hi')
  expect(await opened.call('lines', 2)).toEqual(['welcome', 'hi', 'hi'])
  await close()
  expect(await opened.call('lost')).toBe('socket/reconnecting')
  expect(await opened.call('lines', 1)).toEqual(['welcome', 'hi', 'hi', 'welcome'])
})
