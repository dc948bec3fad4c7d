import { describe, expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketSend, type WithSockets } from '../../../../src/index.js'
import { jsonRpc, socketNotify, socketRequest } from '../../../../src/rpc/index.js'
import { selectUnacknowledged } from '../../../../src/session/index.js'
import { selectHasUnsent, socketExpired } from '../../../../src/session/storage/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { createPage } from '../../../support/page.js'
import { createHeldServer } from '../../../support/heldServer.js'
import { createPages, reported } from '../../../support/session/pages.js'
import type { TestStore } from '../../../support/setupStore.js'

useFakeTime({ performance: true })

const appOf = (page: TestStore) => page.app() as unknown as WithSockets

describe('a page that was reloaded', () => {
  it('sends what the server has not taken, once, before its own sends, with the ids of the page before', async () => {
    const pages = createPages()
    const first = await pages.open()
    first.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    pages.network.last.freeze()
    first.dispatch(socketSend(2, { id: 'b' }))
    first.dispatch(socketSend(3, { id: 'c' }))
    await advanceTime(1)
    pages.kill(first)
    const second = pages.load()
    second.dispatch(socketSend(4, { id: 'd' }))
    await advanceTime(16)
    expect(selectUnacknowledged(appOf(second))).toEqual(['a', 'b', 'c'])
    expect(selectHasUnsent(appOf(second))).toBe(true)
    void second.dispatch(socketConnect())
    await advanceTime(20)
    expect(pages.server.hellos.at(-1)).toMatchObject({ key: 'key1', acked: 0, sent: 3, end: true })
    expect([pages.took(), reported(second).verdicts]).toEqual([[1, 2, 3, 4], ['new']])
    expect(reported(second).acknowledged).toEqual(['a'])
    pages.server.acknowledge()
    await advanceTime(16)
    expect(reported(second).acknowledged).toEqual(['a', 'b c d'])
    expect([pages.storage.record, selectHasUnsent(appOf(second)), reported(second).dropped]).toEqual([
      undefined,
      false,
      [],
    ])
  })

  it('sends what was typed before there was any connection', async () => {
    const pages = createPages({ acknowledges: true })
    const first = pages.load()
    first.dispatch(socketSend('typed in a tunnel', { id: 'a' }))
    await advanceTime(1)
    pages.kill(first)
    const second = await pages.open()
    await advanceTime(16)
    expect([pages.took(), reported(second).acknowledged]).toEqual([['typed in a tunnel'], ['a']])
    expect(pages.storage.record).toBeUndefined()
  })

  it('reports as indeterminate what has a number when the server knows nothing of the session, and sends what waited', async () => {
    const pages = createPages()
    const first = await pages.open({ session: undefined as never })
    first.dispose()
    const page = await pages.open({}, {})
    page.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    pages.network.last.cut()
    await advanceTime(1)
    page.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime(1)
    pages.kill(page)
    pages.server.forget()
    const next = await pages.open()
    await advanceTime(16)
    expect([reported(next).dropped, reported(next).verdicts, pages.took()]).toEqual([
      ['indeterminate a'],
      ['lost'],
      [1, 2],
    ])
  })

  it('resumes its own session after a cut, once it has settled that of the page before', async () => {
    const pages = createPages()
    const first = await pages.open()
    first.dispatch(socketSend(1))
    await advanceTime(1)
    pages.kill(first)
    const second = await pages.open()
    second.dispatch(socketSend(2))
    pages.network.last.cut()
    await advanceTime(1_001)
    expect(pages.server.hellos.at(-1)).not.toHaveProperty('end')
    expect([pages.took(), reported(second).verdicts]).toEqual([
      [1, 2],
      ['new', 'resumed'],
    ])
  })

  it('forgets requests, whose callers are gone, and what was not to wait; notifications are kept', async () => {
    const pages = createPages()
    const first = await pages.open({ protocol: jsonRpc() })
    pages.network.last.freeze()
    void Promise.resolve(first.dispatch(socketRequest('ask'))).catch(() => {})
    first.dispatch(socketNotify('told', 1, { id: 'n' }))
    first.dispatch(socketSend('now or never', { id: 'x', whenOffline: 'drop' }))
    await advanceTime(1)
    pages.kill(first)
    expect(pages.storage.record?.unacked.map(({ data, id }) => [id, data !== undefined])).toEqual([
      [undefined, false],
      ['n', true],
      ['x', false],
    ])
    const second = await pages.open({ protocol: jsonRpc() })
    await advanceTime(16)
    expect(pages.took()).toEqual([{ jsonrpc: '2.0', method: 'told', params: 1 }])
    expect(reported(second).dropped).toEqual(['offline x'])
  })
})

describe('a frame', () => {
  it('goes out once the storage has its number, and one write is for all that wait', async () => {
    const pages = createPages()
    const page = await pages.open()
    pages.storage.isSlow = true
    for (const n of [1, 2, 3]) page.dispatch(socketSend(n))
    await advanceTime(10)
    expect(pages.took()).toEqual([])
    pages.storage.commit()
    pages.storage.isSlow = false
    await advanceTime(1)
    expect([pages.took(), pages.storage.record?.sent]).toEqual([[1, 2, 3], 3])
  })

  it('of a request does not wait for the storage when nothing is stored', async () => {
    const pages = createPages()
    const page = await pages.open({ protocol: jsonRpc() })
    pages.storage.isSlow = true
    void Promise.resolve(page.dispatch(socketRequest('ask'))).catch(() => {})
    await advanceTime(1)
    expect([pages.took().length, pages.storage.saves]).toEqual([1, []])
  })
})

describe('nothing is left', () => {
  it('after socketClose, also of the page before', async () => {
    const pages = createPages()
    const page = await pages.open()
    pages.network.last.freeze()
    page.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    expect(pages.storage.record).toBeDefined()
    void page.dispatch(socketClose())
    await advanceTime(1)
    expect(pages.storage.record).toBeUndefined()
    await advanceTime(2_016)
    expect(reported(page).dropped).toEqual(['indeterminate a'])
  })

  it('when the app closes before the storage has answered', async () => {
    const pages = createPages()
    const first = pages.load()
    first.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    pages.kill(first)
    const second = pages.load()
    await second.dispatch(socketClose())
    await advanceTime(20)
    expect([reported(second).dropped, pages.storage.record]).toEqual([['closed a'], undefined])
  })

  it.each([
    ['the user signs out', ['ann', undefined]],
    ['another user signs in', ['ann', 'bob']],
  ])('when %s', async (_name, [before, after]) => {
    let user: string | undefined = before
    const pages = createPages()
    const page = pages.load({}, { owner: () => user })
    page.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    expect(pages.storage.record?.owner).toBe('ann')
    user = after
    page.dispatch({ type: 'auth/changed' })
    await advanceTime(20)
    expect([reported(page).dropped, pages.storage.record]).toEqual([['replaced a'], undefined])
  })

  it('of another user or another place, and it is reported', async () => {
    for (const [options, outbox] of [
      [{}, { owner: 'bob' }],
      [{ url: 'ws://b.example/ws' }, { owner: 'ann' }],
    ] as const) {
      const pages = createPages()
      const first = await pages.open({}, { owner: 'ann' })
      pages.network.last.freeze()
      first.dispatch(socketSend(1, { id: 'a' }))
      await advanceTime(1)
      pages.network.last.cut()
      await advanceTime(1)
      first.dispatch(socketSend(2, { id: 'b' }))
      await advanceTime(1)
      pages.kill(first)
      const second = await pages.open(options, outbox)
      await advanceTime(20)
      expect(reported(second).dropped.toSorted()).toEqual(['indeterminate a', 'replaced b'])
      expect([pages.took(), pages.storage.record, pages.server.hellos.at(-1)?.key]).toEqual([[], undefined, undefined])
    }
  })

  it('that is older than maxAge: the app gets what it was, and it is not sent', async () => {
    const pages = createPages()
    const first = await pages.open()
    pages.network.last.freeze()
    first.dispatch(socketSend({ text: 'old' }, { id: 'a' }))
    await advanceTime(1)
    pages.network.last.cut()
    await advanceTime(1)
    first.dispatch(socketSend('waits', { id: 'b' }))
    await advanceTime(1)
    pages.kill(first)
    await advanceTime(60_000)
    const second = await pages.open({}, { maxAge: 60_000 })
    await advanceTime(20)
    const sends = second.recorder.of(socketExpired).flatMap(({ payload }) => payload.sends)
    expect(sends.map(({ id, data }) => [id, data])).toEqual([
      ['b', 'waits'],
      ['a', { text: 'old' }],
    ])
    expect([pages.took(), reported(second).dropped.toSorted(), pages.storage.record]).toEqual([
      [],
      ['expired a', 'expired b'],
      undefined,
    ])
  })

  it('that is older than maxAge, and that the codec cannot decode, is reported as the text of its frame', async () => {
    const pages = createPages()
    const queued = ['{"a":1}', 'of another codec'].map((data, n) => ({
      id: `s${n}`,
      data,
      at: 1,
      expiresAt: null,
    }))
    pages.storage.record = { codec: 'other', turn: 0, acked: 0, sent: 0, unacked: [], queued, savedAt: 1 }
    const page = pages.load({}, { maxAge: 5 })
    await advanceTime(20)
    const sends = page.recorder.of(socketExpired).flatMap(({ payload }) => payload.sends)
    expect(sends).toEqual([
      { id: 's0', data: { a: 1 }, at: 1 },
      { id: 's1', data: 'of another codec', at: 1, isRaw: true },
    ])
  })

  it('of a session whose server took more than the record knows', async () => {
    const pages = createPages()
    const first = await pages.open()
    first.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    const { record } = pages.storage
    first.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime(1)
    pages.kill(first)
    // As if the device had lost its newest write.
    pages.storage.record = { ...record!, queued: [{ id: 'b', data: '2', at: Date.now(), expiresAt: null }] }
    const second = await pages.open()
    await advanceTime(20)
    expect([pages.took(), reported(second).acknowledged, reported(second).dropped]).toEqual([
      [1, 2],
      ['a'],
      ['indeterminate b'],
    ])
  })
})

describe('a storage that cannot be used', () => {
  it.each(['claimError', 'saveError', 'hangs'] as const)(
    'is reported once, and the session goes on in memory: %s',
    async (fault) => {
      const pages = createPages({ acknowledges: true })
      Object.assign(pages.storage, { [fault]: fault === 'hangs' ? true : new Error('quota') })
      const page = await pages.open()
      page.dispatch(socketSend(1, { id: 'a' }))
      page.dispatch(socketSend(2, { id: 'b' }))
      await advanceTime(5_100)
      expect(reported(page).errors).toEqual(['storage_failed'])
      expect([pages.took(), pages.storage.record]).toEqual([[1, 2], undefined])
    },
  )

  it('has its record removed before anything goes out that it does not know, and again until that succeeds', async () => {
    const pages = createPages()
    const page = await pages.open()
    page.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    pages.storage.saveError = pages.storage.removeError = new Error('quota')
    page.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime(20)
    expect([pages.took(), pages.storage.record?.sent]).toEqual([[1, 2], 1])
    pages.storage.removeError = undefined
    await advanceTime(1_000)
    expect([pages.storage.record, reported(page).errors]).toEqual([undefined, ['storage_failed']])
  })
})

describe('a page that is left', () => {
  it.each([
    ['says bye when all is acknowledged', true, 1],
    ['says nothing while anything is not: the next page ends the session', false, 0],
  ])('%s', async (_name, acknowledges, byes) => {
    const browserPage = createPage()
    const pages = createPages({ acknowledges })
    const page = await pages.open()
    page.dispatch(socketSend(1))
    await advanceTime(20)
    browserPage.fire('pagehide', { persisted: false })
    await advanceTime(1)
    expect(pages.server.byes.length).toBe(byes)
  })

  it('gives the slot back when its middleware is disposed of', async () => {
    const pages = createPages()
    const page = await pages.open()
    page.dispatch(socketSend(1))
    await advanceTime(1)
    expect(pages.storage.open).toBe(1)
    page.dispose()
    await advanceTime(1)
    expect([pages.storage.open, pages.storage.record]).toEqual([0, undefined])
  })
})

describe('a server without sessions', () => {
  it('gets what waited once, and the record is removed before', async () => {
    const pages = createPages()
    const first = pages.load()
    first.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime(1)
    pages.kill(first)
    const plain = createHeldServer({ mode: 'accept', protocol: () => 'json' })
    pages.storage.isSlow = true
    const second = await pages.open({ WebSocket: plain.WebSocket })
    expect([plain.last.receivedRaw, pages.storage.record?.queued.length]).toEqual([[], 1])
    while (pages.storage.commit()) await advanceTime(1)
    pages.storage.isSlow = false
    expect([plain.last.receivedRaw, pages.storage.record]).toEqual([['1'], undefined])
    second.dispatch(socketSend(2))
    await advanceTime(20)
    expect(pages.storage.record).toBeUndefined()
  })
})
