import { describe, expect, it } from '@jest/globals'
import { socketSend } from '../../../../src/index.js'
import { jsonRpc, selectSubscription, socketRequest, socketSubscribe } from '../../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { openSessionTabs, type SessionTab, type SessionTabs } from '../../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

const send = ({ dispatch }: SessionTab, id: string) => dispatch(socketSend({ type: 'say', payload: id }, { id }))

/** Crashes a tab right before or after its next note of a kind is posted. */
const crashAt = ({ tab }: SessionTab, kind: string, when: 'before' | 'after', onCrash = () => {}) => {
  tab.onPost = (note, isPosted) => {
    if ((note as { readonly t: string }).t !== kind || isPosted !== (when === 'after')) return
    tab.onPost = undefined
    tab.crash()
    onCrash()
  }
}

const dropsOf = (tab: SessionTab) => tab.payloadsOf<{ ids: string[]; reason: string }>('socket/dropped')

/** Both directions work, and nothing that came before was lost or came twice. */
const expectWhole = async ({ handled, say }: SessionTabs, tabs: readonly SessionTab[], ids: readonly string[]) => {
  say('last')
  for (const tab of tabs) send(tab, `last ${tabs.indexOf(tab)}`)
  await advanceTime(1_000)
  expect(new Set(handled)).toEqual(new Set([...ids, ...tabs.map((_, n) => `last ${n}`)]))
  expect(handled).toHaveLength(ids.length + tabs.length)
  for (const tab of tabs) {
    expect(tab.said().filter((payload) => payload === 'last')).toHaveLength(1)
    expect(dropsOf(tab)).toEqual([])
    expect(
      tab
        .verdicts()
        .slice(1)
        .every((verdict) => verdict === 'resumed'),
    ).toBe(true)
  }
}

describe('a session of tabs whose holder crashes', () => {
  it.each([
    ['number', 'before'],
    ['number', 'after'],
    ['data', 'before'],
    ['data', 'after'],
    ['ack', 'before'],
    ['ack', 'after'],
  ] as const)('at the note %s, %s it is posted: loses and doubles nothing', async (kind, when) => {
    const world = await openSessionTabs(3)
    const [holder, ...others] = world.tabs
    for (let n = 0; n < 5; n++) send(others[0]!, `a${n}`)
    crashAt(holder!, kind, when)
    for (let n = 0; n < 5; n++) send(others[1]!, `b${n}`)
    for (let n = 0; n < 5; n++) world.say(n)
    await advanceTime(700)
    expect(holder!.tab.isGone).toBe(true)
    for (const tab of others) expect(tab.said()).toEqual([0, 1, 2, 3, 4])
    await expectWhole(world, others, ['a0', 'a1', 'a2', 'a3', 'a4', 'b0', 'b1', 'b2', 'b3', 'b4'])
  })

  it.each([
    ['turn', 'before'],
    ['turn', 'after'],
    ['state', 'before'],
    ['state', 'after'],
  ] as const)(
    'and the next one crashes at the note %s, %s it is posted: loses and doubles nothing',
    async (kind, when) => {
      const world = await openSessionTabs(4)
      const [holder, ...others] = world.tabs
      // The first one to get there crashes; the others are spared.
      const spare = () => {
        for (const { tab } of others) tab.onPost = undefined
      }
      for (const tab of others) crashAt(tab, kind, when, spare)
      for (const tab of others) send(tab, `from ${others.indexOf(tab)}`)
      world.say('before')
      await advanceTime(10)
      holder!.tab.crash()
      await advanceTime(1_000)
      const left = others.filter(({ tab }) => !tab.isGone)
      expect(left).toHaveLength(2)
      for (const tab of left) expect(tab.said()).toEqual(['before'])
      await expectWhole(world, left, ['from 0', 'from 1', 'from 2'])
    },
  )

  it('does not send for it what the server had already, and loses what it had not', async () => {
    const world = await openSessionTabs(2)
    const [holder, other] = world.tabs
    send(holder!, 'arrived')
    await advanceTime(1)
    crashAt(holder!, 'number', 'after')
    send(holder!, 'gone')
    await advanceTime(700)
    await expectWhole(world, [other!], ['arrived'])
    expect(world.handled).not.toContain('gone')
  })

  it('gives a tab that joins during the resume the session, from there on', async () => {
    const world = await openSessionTabs(2)
    const [holder, other] = world.tabs
    world.say('before')
    await advanceTime(20)
    holder!.tab.crash()
    world.say('between')
    const late = world.open()
    await advanceTime(700)
    world.say('after')
    await advanceTime(20)
    expect(other!.said()).toEqual(['before', 'between', 'after'])
    expect(late.said().at(-1)).toBe('after')
    expect(late.said()).not.toContain('before')
    expect(late.verdicts()).toEqual(['new'])
    expect(world.network.server.connections.size).toBe(1)
  })
})

describe('a session of tabs whose holder is stuck', () => {
  it('goes on in another tab, and in that tab once it wakes', async () => {
    const world = await openSessionTabs(3)
    const [holder, ...others] = world.tabs
    send(holder!, 'of the holder')
    await advanceTime(10)
    holder!.tab.stick()
    world.say('one')
    for (const tab of others) send(tab, `while stuck ${others.indexOf(tab)}`)
    await advanceTime(12_000)
    world.say('two')
    await advanceTime(50)
    for (const tab of others) expect(tab.said()).toEqual(['one', 'two'])
    holder!.tab.unstick()
    await advanceTime(1_000)
    expect(holder!.said()).toEqual(['one', 'two'])
    await expectWhole(world, world.tabs, ['of the holder', 'while stuck 0', 'while stuck 1'])
  })
})

describe('a session of a tab that is frozen', () => {
  it('goes on when it has missed nothing', async () => {
    const world = await openSessionTabs(1)
    const [tab] = world.tabs
    send(tab!, 'a')
    tab!.tab.emit('freeze')
    world.say('while frozen')
    await advanceTime(5_000)
    tab!.tab.emit('resume')
    await advanceTime(700)
    expect(tab!.said()).toEqual(['while frozen'])
    await expectWhole(world, [tab!], ['a'])
  })

  it('is lost for it when it has missed messages, and it gets that verdict once', async () => {
    const world = await openSessionTabs(2)
    const [holder, other] = world.tabs
    holder!.tab.emit('freeze')
    await advanceTime(500)
    world.say('missed')
    await advanceTime(500)
    holder!.tab.emit('resume')
    await advanceTime(700)
    world.say('after')
    await advanceTime(100)
    expect(holder!.verdicts()).toEqual(['new', 'lost'])
    expect(holder!.said()).toEqual(['after'])
    expect(other!.verdicts()).toEqual(['new', 'resumed'])
    expect(other!.said()).toEqual(['missed', 'after'])
  })

  it('reports the sends that it cannot know of', async () => {
    const world = await openSessionTabs(2)
    const [, other] = world.tabs
    send(other!, 'in doubt')
    other!.tab.emit('freeze')
    world.say('missed')
    await advanceTime(500)
    other!.tab.emit('resume')
    await advanceTime(700)
    expect(world.handled).toEqual(['in doubt'])
    expect(dropsOf(other!)).toEqual([expect.objectContaining({ reason: 'indeterminate', ids: ['in doubt'] })])
  })
})

describe('requests and subscriptions of a tab', () => {
  it('are kept over a hand-over', async () => {
    const world = await openSessionTabs(3, { protocol: jsonRpc() })
    const { server } = world.network
    const calls: unknown[] = []
    let finish = (_value: unknown): void => {}
    server.methods({
      slow: async (n) => {
        calls.push(n)
        return await new Promise((resolve) => {
          finish = resolve
        })
      },
    })
    const [holder, other] = world.tabs
    const pushes: unknown[] = []
    const id = other!.dispatch(
      socketSubscribe('news', undefined, { listener: (data: unknown) => void pushes.push(data) }),
    )
    const request = other!.dispatch(socketRequest('slow', 1))
    await advanceTime(100)
    expect(selectSubscription(other!.app() as never, id)).toMatchObject({ status: 'active' })
    holder!.tab.crash()
    void server.publish('news', 'between')
    finish('done')
    await advanceTime(700)
    expect(await request).toEqual({ data: 'done' })
    void server.publish('news', 'after')
    await advanceTime(50)
    expect(pushes).toEqual(['between', 'after'])
    expect(calls).toEqual([1])
    const asked = world.network.links
      .flatMap(({ received }) => received.map(String))
      .filter((text) => text.includes('"subscribe"'))
    expect(asked).toHaveLength(1)
  })
})
