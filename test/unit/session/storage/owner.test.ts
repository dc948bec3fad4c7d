import { describe, expect, it } from '@jest/globals'
import { json, socketConnect, socketSend, type WithSockets } from '../../../../src/index.js'
import { jsonRpc, socketRequest } from '../../../../src/rpc/index.js'
import { customStorage, selectHasUnsent, type SessionStorage } from '../../../../src/session/storage/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { createPages, reported } from '../../../support/session/pages.js'

useFakeTime({ performance: true })

/** A page of `user` sends without a connection, and is gone. */
const leave = async (pages: ReturnType<typeof createPages>, user: string, id: string) => {
  const page = pages.load({}, { owner: () => user })
  page.dispatch(socketSend(`of ${user}`, { id }))
  await advanceTime(1)
  pages.kill(page)
}

describe('the owner of an outbox', () => {
  it('that throws is called once an action, is reported once, and stays who it was', async () => {
    const pages = createPages({ acknowledges: false })
    let calls = 0
    let user: { id: string } | null = { id: 'ann' }
    const owner = () => {
      calls++
      return user!.id
    }
    const page = await pages.open({}, { owner })
    page.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    user = null
    calls = 0
    page.dispatch({ type: 'signedOut' })
    page.dispatch({ type: 'another' })
    await advanceTime(16)
    expect(calls).toBeLessThan(10)
    expect(reported(page).errors).toEqual(['callback_failed'])
    expect(pages.storage.record?.owner).toBe('ann')
  })

  it('is compared before anything is stored beside what another one has left', async () => {
    const pages = createPages()
    await leave(pages, 'ann', 'a')
    const page = pages.load({}, { owner: () => 'bob' })
    page.dispatch(socketSend('of bob', { id: 'b' }))
    await advanceTime(1)
    expect(reported(page).dropped).toEqual(['replaced a'])
    expect([pages.storage.record?.owner, pages.storage.record?.queued.map(({ id }) => id)]).toEqual(['bob', ['b']])
  })

  it('is waited for: what another page has left stays, and is sent once the owner is known', async () => {
    const pages = createPages({ acknowledges: true })
    await leave(pages, 'ann', 'a')
    const early = await pages.open({}, { owner: () => undefined })
    expect([pages.storage.open, pages.storage.record?.owner, reported(early).dropped]).toEqual([0, 'ann', []])
    early.dispose()

    let user: string | undefined
    const page = pages.load({}, { owner: () => user })
    await advanceTime(1)
    user = 'ann'
    page.dispatch({ type: 'signedIn' })
    void page.dispatch(socketConnect())
    await advanceTime(16)
    expect([pages.took(), reported(page).acknowledged, reported(page).dropped]).toEqual([['of ann'], ['a'], []])
  })

  it('that has gone leaves nothing of pages that are gone: what they had stored is reported', async () => {
    const pages = createPages()
    let user: string | undefined = 'ann'
    const asked: string[][] = []
    const send = (id: string) => ({ id, data: '1', at: Date.now() })
    const session = {
      turn: 1,
      acked: 0,
      sent: 2,
      unacked: [{ ...send('a') }, {}],
      queued: [{ ...send('b'), expiresAt: null }],
      savedAt: 1,
    }
    const storage: SessionStorage = {
      ...pages.storage.page(),
      forget: async (...args) => await Promise.resolve(asked.push(args)).then(() => [session]),
    }
    const page = pages.load({ session: { storage: customStorage(storage, { owner: () => user }) } })
    await advanceTime(1)
    user = 'bob'
    page.dispatch({ type: 'signedIn' })
    await advanceTime(16)
    expect(asked).toEqual([['default', 'ann']])
    expect(reported(page).dropped).toEqual(['indeterminate a', 'replaced b'])
  })

  it('that has gone has nothing stored after the next reconnect either', async () => {
    const pages = createPages()
    let user: string | undefined = 'ann'
    const page = await pages.open({}, { owner: () => user })
    page.dispatch(socketSend('secret of ann', { id: 'a' }))
    await advanceTime(1)
    user = undefined
    page.dispatch({ type: 'signedOut' })
    await advanceTime(1)
    expect(pages.storage.record).toBeUndefined()
    pages.network.last.cut()
    await advanceTime(1_100)
    expect(pages.storage.record).toBeUndefined()
  })
})

describe('an outbox', () => {
  it('keeps the codec of what was encoded before the first session', async () => {
    const pages = createPages()
    const page = pages.load({ codecs: [{ ...json(), subprotocol: 'a' }, json()] })
    page.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    expect(pages.storage.record?.codec).toBe('a')
  })

  it('asks before a page is left for sends only, not for requests, which it does not keep', async () => {
    const pages = createPages()
    const page = await pages.open({ protocol: jsonRpc() })
    pages.network.last.freeze()
    void Promise.resolve(page.dispatch(socketRequest('ask'))).catch(() => {})
    await advanceTime(16)
    expect(selectHasUnsent(page.app() as unknown as WithSockets)).toBe(false)
  })

  it('does not hold up a connection after a write has failed while another waited', async () => {
    const pages = createPages()
    const page = pages.load()
    await advanceTime(1)
    pages.storage.isSlow = true
    page.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    page.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime(1)
    // The write of the first takes too long.
    await advanceTime(5_100)
    pages.storage.isSlow = false
    while (pages.storage.commit());
    void page.dispatch(socketConnect())
    await advanceTime(2_000)
    expect(pages.took()).toEqual([1, 2])
  })
})

it('a storage whose claim resolves without a slot is reported', async () => {
  const pages = createPages()
  const storage = customStorage({ claim: async () => await Promise.resolve(undefined as never) })
  const page = await pages.open({ session: { storage } })
  page.dispatch(socketSend(1))
  await advanceTime(16)
  expect([reported(page).errors, pages.took()]).toEqual([['storage_failed'], [1]])
})

describe('a record that is not a session', () => {
  it.each<[string, unknown]>([
    ['a text', '{}'],
    ['a list', []],
    ['an empty object', {}],
    [
      'a number as data',
      { turn: 1, acked: 0, sent: 0, unacked: [], savedAt: 1, queued: [{ id: 'a', data: 5, at: 1 }] },
    ],
    ['a number as id', { turn: 1, acked: 0, sent: 1, unacked: [{ id: 5 }], queued: [], savedAt: 1 }],
    ['no turn', { acked: 0, sent: 0, unacked: [], queued: [], savedAt: 1 }],
    ['a gap', { turn: 1, acked: 0, sent: 3, unacked: [], queued: [], savedAt: 1 }],
  ])('is reported and removed, and the session goes on: %s', async (_name, record) => {
    const pages = createPages()
    pages.storage.record = record as never
    const page = await pages.open()
    page.dispatch(socketSend(1))
    await advanceTime(16)
    expect([reported(page).errors, pages.storage.record, pages.took()]).toEqual([['storage_failed'], undefined, [1]])
  })
})
