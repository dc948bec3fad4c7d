import { describe, expect, it } from '@jest/globals'
import { cbor } from '../../../src/codec/cbor.js'
import { json, raw, socketConnect, socketOpened, socketSend, text } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { inDevelopment, inProduction } from '../../support/mode.js'
import { openSessionStore, setupSessionStore, told } from '../../support/session/fakeSessionServer.js'
import { setupOpenStore, setupStore } from '../../support/setupStore.js'

useFakeTime({ performance: true })

describe('a server without sessions', () => {
  it('makes the connection an ordinary one', async () => {
    const store = await openSessionStore({ protocols: 'app' }, {}, { protocol: () => 'app' })
    store.dispatch(socketSend(1, { id: 'a' }))
    store.receiveJson(2)
    await store.cut()
    await advanceTime()
    expect(store.network.connections[0]?.offered).toEqual(['reduplex.session.1', 'json', 'app'])
    expect([store.sent(), told(store)]).toEqual([
      ['1'],
      { verdicts: ['none'], dropped: [], acknowledged: [], messages: [2], errors: [] },
    ])
  })

  it('reports what was not acknowledged when it takes the place of one with sessions', async () => {
    const names = ['reduplex.session.1', 'json']
    const store = await openSessionStore({}, {}, { protocol: () => names.shift()! })
    store.dispatch(socketSend(1, { id: 'a' }))
    await store.cut()
    store.dispatch(socketSend(2, { id: 'b' }))
    await store.retry()
    expect([told(store).verdicts, told(store).dropped]).toEqual([['new', 'none'], ['indeterminate a']])
    expect(store.sent().at(-1)).toBe('2')
  })

  it('is connected without the names once it has chosen one and not answered', async () => {
    const store = setupSessionStore({ connectTimeout: 2_000 }, { answers: false })
    const connecting = store.dispatch(socketConnect())
    await advanceTime(3_001)
    await connecting
    expect(told(store).errors).toEqual(['connect_timeout', 'session_unanswered'])
    expect(store.network.connections.map(({ offered }) => offered)).toEqual([['reduplex.session.1', 'json'], []])
    expect(told(store).verdicts).toEqual(['none'])
    await store.cut()
    await store.retry()
    expect([store.network.last.offered, told(store).errors.length]).toEqual([[], 2])
    void store.dispatch(socketConnect({ path: '/other' }))
    await advanceTime(1)
    expect(store.network.last.offered).toEqual(['reduplex.session.1', 'json'])
  })

  it('is not assumed when a server that has answered before does not answer in time', async () => {
    const store = await openSessionStore({ connectTimeout: 2_000 })
    store.network.last.freeze()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.server.answers = false
    await store.cut()
    await store.retry()
    await advanceTime(2_000)
    store.server.answers = true
    await store.retry()
    expect(told(store)).toMatchObject({ errors: ['connect_timeout'], verdicts: ['new', 'resumed'], dropped: [] })
    expect(store.took()).toEqual([1])
  })

  it('is connected without the names once it has answered with something else', async () => {
    const store = setupSessionStore({}, { answers: false })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.network.last.sendRaw('ping')
    expect(store.network.connections).toHaveLength(1)
    store.receiveJson({ type: 'welcome to the chat' })
    await advanceTime(1)
    expect([told(store).errors, told(store).verdicts, store.network.last.offered]).toEqual([
      ['session_unanswered'],
      ['none'],
      [],
    ])
  })
})

describe('the subprotocols of a session', () => {
  it('name the codec, which the connection then uses', async () => {
    const store = await openSessionStore(
      { codecs: [cbor(), json()] },
      {},
      { protocol: (offered) => offered.find((name) => name.endsWith('+cbor')) ?? '' },
    )
    store.dispatch(socketSend({ a: 1 }))
    await advanceTime()
    expect(store.network.last.offered).toEqual(['reduplex.session.1+cbor', 'reduplex.session.1+json', 'cbor', 'json'])
    expect(store.recorder.of(socketOpened)[0]?.payload).toMatchObject({ protocol: 'cbor', session: 'new' })
    expect(cbor().decode(store.server.taken[0] as ArrayBuffer)).toEqual({ a: 1 })
    await store.cut()
    await store.retry()
    expect(store.network.last.offered).toEqual(['reduplex.session.1+cbor', 'cbor', 'json'])
    expect(told(store).verdicts).toEqual(['new', 'resumed'])
  })

  it('name a single codec', async () => {
    const store = await openSessionStore({ codec: cbor() })
    expect(store.network.last.offered).toEqual(['reduplex.session.1+cbor', 'cbor'])
  })

  it('are not offered without the option', async () => {
    const store = await setupOpenStore()
    expect([store.network.last.offered, store.app()]).toEqual([
      [],
      { socket: { default: expect.not.objectContaining({ session: expect.anything() }) } },
    ])
  })

  inDevelopment(() => {
    it('are refused with a codec of plain text, and options that are malformed', () => {
      for (const codec of [text(), raw()]) {
        expect(() => setupStore({ codec, session: {} })).toThrow(/got text\(\) or raw\(\)/)
      }
      expect(() => setupStore({ session: { maxMessages: 0 } })).toThrow(
        /"session.maxMessages" to be a number, 1 or more/,
      )
      expect(() => setupStore({ session: true as never })).toThrow(/"session" to be an object/)
    })
  })

  inProduction(() => {
    it('are not offered with a codec of plain text', async () => {
      const store = await openSessionStore({ codec: text() })
      expect([store.network.last.offered, told(store).verdicts]).toEqual([[], ['none']])
    })
  })
})
