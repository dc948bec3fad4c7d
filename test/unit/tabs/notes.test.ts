import { describe, expect, it } from '@jest/globals'
import type { Note } from '../../../src/tabs/notes.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { ADDRESS, openSocket } from '../../support/tabs/tabSocket.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

useFakeTime({ performance: true })

// One end of a connection is the library's, the other one is played by the test.

const state = (epoch: number, open = true): Note => ({ t: 'state', epoch, open, protocol: '', extensions: '' })

/** A socket that follows a holder which the test plays. */
const setupFollower = async (world = createTabWorld()) => {
  const holder = world.intrude(ADDRESS)
  const held = holder.hold()
  await advanceTime(30)
  const release = await held
  const tab = world.open()
  const recorded = openSocket(tab)
  await advanceTime(30)
  holder.post(state(10))
  await advanceTime(30)
  return { ...world, ...recorded, tab, holder, release }
}

describe('a follower', () => {
  it('ignores notes of other connections', async () => {
    const { events, holder, messages } = await setupFollower()
    holder.post(state(9))
    holder.post({ t: 'data', epoch: 9, data: 'old' })
    holder.post({ t: 'data', epoch: 10, data: 'ours' })
    holder.post({ t: 'close', epoch: 9, code: 1000, reason: '', wasClean: true })
    await advanceTime(30)
    expect(events).toEqual(['open'])
    expect(messages).toEqual(['ours'])
  })

  it('takes no state of an older connection while it joins', async () => {
    const { holder, tab, socket } = await setupFollower()
    socket.close()
    const again = openSocket(tab)
    holder.post(state(9))
    await advanceTime(30)
    expect(again.events).toEqual([])
    holder.post(state(11))
    await advanceTime(30)
    expect(again.events).toEqual(['open'])
  })

  it('ends when a newer connection is announced', async () => {
    const { events, holder } = await setupFollower()
    holder.post(state(11))
    await advanceTime(30)
    expect(events).toEqual(['open', 'close 1006 handover not clean'])
  })

  it('has the code of the last note, also when the lock arrives before it, and does not keep the lock', async () => {
    const world = createTabWorld({ delay: () => 20, lockDelay: () => 1 })
    const { events, holder, release, tab } = await setupFollower(world)
    const second = openSocket(world.open())
    await advanceTime(60)
    holder.post(state(10))
    await advanceTime(60)
    holder.post({ t: 'close', epoch: 10, code: 4001, reason: 'bye', wasClean: true })
    release()
    await advanceTime(100)
    expect(events).toEqual(['open', 'close 4001 bye clean'])
    expect(second.events).toEqual(['open', 'close 4001 bye clean'])
    const next = openSocket(tab)
    await advanceTime(100)
    expect(next.events).toEqual(['open'])
    world.dispose()
    await advanceTime(100)
  })
})

describe('a holder', () => {
  const setupHolder = async (handshake = false) => {
    const world = createTabWorld()
    const follower = world.intrude(ADDRESS)
    const recorded = openSocket(world.open({ handshake }))
    await advanceTime(30)
    const { epoch } = follower.notes.findLast(({ t }) => t === 'state') as { readonly epoch: number }
    return { ...world, ...recorded, follower, epoch }
  }

  it('ignores sends and kills of other connections', async () => {
    const { epoch, events, follower, server } = await setupHolder()
    follower.post({ t: 'send', epoch: epoch - 1, from: 'x', size: 3, sentBytes: 3, data: 'old' })
    follower.post({ t: 'send', epoch, from: 'x', size: 3, sentBytes: 3, data: 'new' })
    follower.post({ t: 'kill', epoch: epoch - 1 })
    await advanceTime(30)
    expect(server.last.receivedRaw).toEqual(['new'])
    expect(events).toEqual(['open'])
  })

  it('ends when another tab has a newer connection', async () => {
    const { epoch, events, follower, server } = await setupHolder()
    follower.post(state(epoch - 1))
    await advanceTime(30)
    expect(events).toEqual(['open'])
    follower.post(state(epoch + 1))
    await advanceTime(30)
    expect(events).toEqual(['open', 'close 1006 handover not clean'])
    expect(server.live).toBe(0)
  })

  it('keeps the messages of its handshake to itself', async () => {
    const { follower, server, socket } = await setupHolder(true)
    server.last.sendRaw('challenge')
    await advanceTime(30)
    expect(follower.notes.filter(({ t }) => t === 'data')).toEqual([])
    socket.ready?.()
    server.last.sendRaw('for all')
    await advanceTime(30)
    expect(follower.notes.filter(({ t }) => t === 'data')).toHaveLength(1)
  })

  it('gives no reason for a fast retry when it kills a connection that was never ready', async () => {
    const { events, follower, socket } = await setupHolder(true)
    socket.kill?.()
    await advanceTime(30)
    expect(events).toEqual(['open', 'close 1006  not clean'])
    expect(follower.notes.at(-1)).toMatchObject({ t: 'close', code: 1006, reason: '' })
  })

  it('has a newer number than all connections that it knows, whatever the clock says', async () => {
    const { holder, tab, release } = await setupFollower()
    const future = Date.now() + 1_000_000
    holder.post(state(future))
    await advanceTime(30)
    release()
    openSocket(tab)
    await advanceTime(30)
    expect(holder.notes.findLast(({ t }) => t === 'state')).toMatchObject({ epoch: future + 1 })
  })

  it('tells tabs that have asked before it was one', async () => {
    const world = createTabWorld()
    const holder = world.intrude(ADDRESS)
    const held = holder.hold()
    await advanceTime(10)
    const sockets = [openSocket(world.open()), openSocket(world.open())]
    await advanceTime(30)
    const release = await held
    release()
    await advanceTime(50)
    expect(sockets.map(({ events }) => events)).toEqual([['open'], ['open']])
  })

  it('reports at its end which sends have gone out', async () => {
    const world = createTabWorld()
    const tabs = [world.open(), world.open()]
    const [, follower] = tabs.map((tab) => openSocket(tab))
    await advanceTime(30)
    world.server.last.slow = true
    follower?.socket.send('12345')
    await advanceTime(30)
    expect(follower?.socket.bufferedAmount).toBe(5)
    world.server.last.read(5)
    tabs[0]?.emit('pagehide')
    await advanceTime(30)
    expect(follower?.socket.bufferedAmount).toBe(0)
  })
})
