/** @jest-environment ./test/env/dom.cjs */
import { afterEach, describe, expect, it } from '@jest/globals'
import { facts } from '../../contract/facts.js'
import { runCase, type Opened } from '../../contract/environment.js'
import { openFakeEnvironment } from '../../contract/environments/fake.js'

// test/contract/facts.test.ts runs the same facts in Node.

describe('the fake WebSocket in jsdom', () => {
  let opened: Opened | undefined

  afterEach(async () => {
    await opened?.[Symbol.asyncDispose]()
    opened = undefined
  })

  it.each(facts)('$name', async (fact) => {
    opened = await openFakeEnvironment()
    await expect(runCase(fact, opened)).resolves.toBeUndefined()
  })
})
