import { describe, expect, it } from '@jest/globals'
import { socketSend } from '../../../src/index.js'
import { socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { openRpcWorld, passTime, useFakeTime, type RpcWorld } from '../../unit/rpc/harness.js'

useFakeTime()

const subscribeTo = (world: RpcWorld, count: number): string[] =>
  Array.from({ length: count }, (_, index) => world.dispatch(socketSubscribe(`channel ${index}`)))

/** The server replies to all requests that it has not replied to. Returns how many there were. */
const answerAll = (world: RpcWorld, answered: Set<number>): number => {
  const open = world.askedLast().filter(({ id, method }) => method && id !== undefined && !answered.has(id))
  for (const { id } of open) {
    answered.add(id!)
    world.answer(`s${id}`, id)
  }
  return open.length
}

const openWith = async (count: number) => {
  const world = await openRpcWorld()
  const answered = new Set<number>()
  const ids = subscribeTo(world, count)
  const rounds: number[] = []
  const settle = () => {
    rounds.length = 0
    for (let size = answerAll(world, answered); size; size = answerAll(world, answered)) rounds.push(size)
    return rounds
  }
  settle()
  return { ...world, ids, settle, active: () => ids.filter((id) => world.subscription(id)?.status === 'active') }
}

// 150 requests at once were refused above 100 by the companion server.
describe('subscribing again after a reconnect', () => {
  it('has at most 20 requests unanswered at a time', async () => {
    const world = await openWith(150)
    expect(world.active()).toHaveLength(150)
    world.network.last.drop()
    await passTime(150)
    expect(world.askedLast()).toHaveLength(20)
    // Each reply makes room for one more, so that the server has all of them after one pass.
    world.answer('first', world.askedLast()[0]!.id)
    expect(world.askedLast()).toHaveLength(21)
    world.settle()
    expect(world.active()).toHaveLength(150)
    expect(world.askedLast()).toHaveLength(150)
  })

  it('sends those that fit before the queue', async () => {
    const world = await openWith(30)
    world.network.last.drop()
    world.dispatch(socketSend('waited'))
    await passTime(150)
    expect(world.askedLast().map((message) => (message as { method?: string }).method ?? message)).toEqual([
      ...Array.from({ length: 20 }, () => 'subscribe'),
      'waited',
    ])
  })

  it('goes on after 5 s when the server does not reply', async () => {
    const world = await openWith(50)
    world.network.last.drop()
    await passTime(150)
    await passTime(4_900)
    expect(world.askedLast()).toHaveLength(20)
    await passTime(200)
    expect(world.askedLast()).toHaveLength(40)
    await passTime(5_000)
    expect(world.askedLast()).toHaveLength(50)
    world.settle()
    expect(world.active()).toHaveLength(50)
  })

  it('starts over when the connection is lost meanwhile', async () => {
    const world = await openWith(50)
    world.network.last.drop()
    await passTime(150)
    world.answer('one', world.askedLast()[3]!.id)
    world.network.last.drop()
    await passTime(150)
    expect(world.askedLast()).toHaveLength(20)
    world.settle()
    expect(world.active()).toHaveLength(50)
    expect(world.askedLast()).toHaveLength(50)
  })

  it('leaves out those that are unsubscribed while they wait', async () => {
    const world = await openWith(40)
    world.network.last.drop()
    await passTime(150)
    const last = world.ids[39]!
    world.dispatch(socketUnsubscribe(last))
    world.settle()
    expect(world.askedLast()).toHaveLength(39)
    expect(world.active()).toHaveLength(39)
  })
})

describe('unsubscribing from many channels at once', () => {
  it('has at most 20 requests unanswered at a time', async () => {
    const world = await openWith(150)
    for (const id of world.ids) world.dispatch(socketUnsubscribe(id))
    const unsubscribed = () => world.asked().filter(({ method }) => method === 'unsubscribe')
    expect(unsubscribed()).toHaveLength(20)
    world.settle()
    expect(unsubscribed()).toHaveLength(150)
  })
})
