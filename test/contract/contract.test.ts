import { afterEach, describe, expect, it } from '@jest/globals'
import { cases } from './cases.js'
import { runCase, type Opened } from './environment.js'
import { openFakeEnvironment } from './environments/fake.js'
import { openMockSocketEnvironment } from './environments/mockSocket.js'
import { mockSocketDifferences } from './environments/mockSocketDifferences.js'
import { openNode22Environment, openNode24Environment } from './environments/undici.js'
import { openWsEnvironment } from './environments/ws.js'

interface Row {
  readonly name: string
  readonly open: () => Promise<Opened>
  /** The cases that are left out, each with its reason. */
  readonly without?: readonly (readonly [left: RegExp, reason: string])[]
}

const rows: Row[] = [
  { name: 'the fake, as a browser', open: async () => await openFakeEnvironment() },
  { name: 'the fake, as ws', open: async () => await openFakeEnvironment({ lateDelivery: true, terminate: true }) },
  { name: 'ws over loopback', open: openWsEnvironment },
  // The global WebSocket of Node 22 and of Node 24.
  { name: 'undici 6 over loopback', open: openNode22Environment },
  { name: 'undici 7 over loopback', open: openNode24Environment },
  {
    name: 'mock-socket, where it behaves as a browser',
    open: openMockSocketEnvironment,
    without: mockSocketDifferences,
  },
]

describe.each(rows)('the contract: $name', ({ open, without = [] }) => {
  let opened: Opened | undefined

  afterEach(async () => {
    await opened?.[Symbol.asyncDispose]()
    opened = undefined
  })

  it.each(cases.filter(({ name }) => !without.some(([left]) => left.test(name))))(
    '$name',
    async (found) => {
      opened = await open()
      await expect(runCase(found, opened)).resolves.toBeUndefined()
    },
    20_000,
  )
})

describe('the contract', () => {
  it('has a different name for every case', () => {
    const names = cases.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(mockSocketDifferences)('leaves out only existing cases for mock-socket: %s', (left) => {
    expect(cases.filter(({ name }) => left.test(name))).not.toHaveLength(0)
  })
})
