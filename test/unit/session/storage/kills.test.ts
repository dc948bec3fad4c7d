import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { socketSend } from '../../../../src/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { createPages, reported } from '../../../support/session/pages.js'
import type { TestStore } from '../../../support/setupStore.js'

useFakeTime({ performance: true })

type Step = 'send' | 'commit' | 'tick' | 'cut' | 'freeze' | 'kill' | 'ack' | 'retry'

const step = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Step>('send') },
  { weight: 8, arbitrary: fc.constant<Step>('commit') },
  { weight: 4, arbitrary: fc.constant<Step>('tick') },
  { weight: 2, arbitrary: fc.constant<Step>('cut') },
  { weight: 1, arbitrary: fc.constant<Step>('freeze') },
  { weight: 4, arbitrary: fc.constant<Step>('kill') },
  { weight: 4, arbitrary: fc.constant<Step>('ack') },
  { weight: 3, arbitrary: fc.constant<Step>('retry') },
)

/** Plays the steps, lets the last page settle, and returns what went wrong. */
const play = async (steps: readonly Step[]): Promise<readonly string[]> => {
  const pages = createPages()
  pages.storage.isSlow = true
  const all: TestStore[] = [await pages.open()]
  let count = 0
  const take: Record<Step, () => unknown> = {
    send: () => {
      const id = `m${++count}`
      all.at(-1)!.dispatch(socketSend(id, { id }))
    },
    commit: () => pages.storage.commit(),
    tick: async () => await advanceTime(1),
    cut: () => pages.network.last.cut(),
    freeze: () => pages.network.last.freeze(),
    kill: async () => {
      pages.kill(all.at(-1)!)
      all.push(await pages.open())
    },
    ack: () => pages.server.session && pages.server.acknowledge(),
    retry: async () => await advanceTime(1_001),
  }
  const run = async ([first, ...rest]: readonly Step[]): Promise<void> => {
    if (first === undefined) return
    await take[first]()
    // One turn of the microtasks only, so that a page is killed between any two of them.
    await Promise.resolve()
    await run(rest)
  }
  await run(steps)
  pages.kill(all.at(-1)!)
  const stored = new Set(
    pages.storage.saves.flatMap((record) =>
      [...(record?.unacked ?? []), ...(record?.queued ?? [])].map(({ id }) => id),
    ),
  )
  pages.storage.isSlow = false
  const last = await pages.open()
  all.push(last)
  await advanceTime(2_000)
  pages.server.acknowledge()
  await advanceTime(100)
  const took = pages.took() as string[]
  const dropped = new Set(all.flatMap((page) => reported(page).dropped.flatMap((line) => line.split(' ').slice(1))))
  return [
    ...took.filter((id, index) => took.indexOf(id) !== index).map((id) => `${id} arrived twice`),
    ...[...stored].filter((id) => !took.includes(id!) && !dropped.has(id!)).map((id) => `${id} was lost`),
    ...(pages.storage.record ? ['a record is left'] : []),
    ...took.filter((id) => !stored.has(id)).map((id) => `${id} arrived and was never stored`),
  ]
}

describe('a page that is killed between any two steps', () => {
  it('loses nothing that was stored, and nothing arrives twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
        expect(await play(steps)).toEqual([])
      }),
      { numRuns: 60, seed: 20_261_129 },
    )
  })
})
