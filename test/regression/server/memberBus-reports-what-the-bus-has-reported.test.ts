import { expect, it } from '@jest/globals'
import { createMemberBus } from '../../../src/server/cluster/memberBus.js'
import { createMemberTable } from '../../../src/server/cluster/memberTable.js'
import type { Bus } from '../../../src/server/index.js'
import { createQueue } from '../../server/support.js'

// A bus that had reported `bus_dropped` was reported again as `bus_failed`; an `unsubscribe` that rejected ended the close.

/** Joins a channel, waits until the bus has the change, and closes. Returns the codes that were reported. */
const run = async (error: Error) => {
  const codes: string[] = []
  const published = createQueue<string>()
  const reject = async (): Promise<never> => {
    throw error
  }
  const bus: Bus = {
    publish: async (_topic, message) => {
      published.push(message)
      await reject()
    },
    subscribe: async () => reject,
    close: () => {},
  }
  const table = createMemberTable(() => {})
  const members = createMemberBus({ bus, table, nodeTimeout: 30_000, report: ({ code }) => codes.push(code) })
  members.join('news', { id: 'ada' })
  await published.next()
  await members.close()
  return codes
}

it.each(['bus_dropped', 'bus_failed'])('the members report nothing that the bus has reported: %s', async (code) => {
  expect(await run(Object.assign(new Error('lost'), { code }))).toEqual([])
})

it('the members report all else that the bus rejects with', async () => {
  const codes = await run(new Error('lost'))
  expect(new Set(codes)).toEqual(new Set(['bus_failed']))
  expect(codes.length).toBeGreaterThanOrEqual(3)
})
