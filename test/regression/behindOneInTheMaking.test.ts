import { expect, it } from '@jest/globals'
import { socketSendRaw } from '../../src/actions/index.js'
import { socketDropped, socketSend } from '../../src/index.js'
import { createSlowSchema } from '../unit/middleware/slowSchema.js'
import type { StoreOptions } from '../support/store.js'
import { openWorld, passTime, useFakeTime, type World } from '../unit/middleware/harness.js'

// Sends wait in the queue behind one whose async schema has not answered yet, though the connection is open. The queue's bounds for the
// time without a connection were held against them, and when the first of them left the queue unsent, those behind it stayed.

useFakeTime()

const open = async (
  options: StoreOptions = {},
): Promise<{ slow: ReturnType<typeof createSlowSchema>; world: World }> => {
  const slow = createSlowSchema()
  return { slow, world: await openWorld({ schema: { send: slow.schema }, ...options }) }
}
const drops = (world: World) => world.recorder.of(socketDropped).map(({ payload: { reason, ids } }) => [reason, ...ids])

it('goes out in its turn where there is no queue', async () => {
  const { slow, world } = await open({ queue: false })
  world.dispatch(socketSend('a'))
  world.dispatch(socketSend('sync'))
  world.dispatch(socketSendRaw('raw'))
  await slow.pass('a')
  expect(drops(world)).toEqual([])
  expect(world.sent()).toEqual(['"a"', '"sync"', 'raw'])
})

it('may be larger than the queue, as what is sent at once may', async () => {
  const { slow, world } = await open({ queue: { maxBytes: 10 } })
  expect(world.dispatch(socketSend('sync but longer than ten'))).toMatchObject({ delivery: 'sent' })
  world.dispatch(socketSend('also longer than ten'))
  await slow.pass('also longer than ten')
  expect(drops(world)).toEqual([])
  expect(world.sent()).toHaveLength(2)
})

it('goes out when the first one is expired', async () => {
  const { slow, world } = await open()
  world.dispatch(socketSend('a', { id: 'a', ttl: 100 }))
  world.dispatch(socketSend('sync'))
  await passTime(101)
  expect(drops(world)).toEqual([['expired', 'a']])
  expect(world.sent()).toEqual(['"sync"'])
  await slow.pass('a')
  expect(world.sent()).toEqual(['"sync"'])
})

it('goes out when the first one had to make room', async () => {
  const { world } = await open({ queue: { maxMessages: 2, overflow: 'drop-oldest' } })
  world.dispatch(socketSend('a', { id: 'a' }))
  world.dispatch(socketSend('sync 1'))
  world.dispatch(socketSend('sync 2'))
  await passTime()
  expect(drops(world)).toEqual([['overflow', 'a']])
  expect(world.sent()).toEqual(['"sync 1"', '"sync 2"'])
})
