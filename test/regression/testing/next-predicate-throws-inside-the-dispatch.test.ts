import { afterEach, describe, expect, it } from '@jest/globals'
import type { UnknownAction } from '@reduxjs/toolkit'
import { selectSocketError, socketConnect } from '../../../src/index.js'
import { createFakeServer, expectAllClosed, recordActions } from '../../../src/testing/index.js'
import { createChat, said } from '../../unit/testing/chatStore.js'

let dispose = () => {}

afterEach(() => {
  dispose()
  expectAllClosed()
})

const setupChat = () => {
  const server = createFakeServer()
  const chat = createChat({ WebSocket: server.WebSocket })
  dispose = chat.dispose
  return { server, store: chat.store, recorder: recordActions(chat.store) }
}

/** Throws for an action without a payload. */
const isLong = (action: UnknownAction): boolean => (action['payload'] as string).length > 5

const plain = { type: 'plain' }

const errorOf = async (wait: Promise<unknown>): Promise<Error> => (await wait.catch((error: unknown) => error)) as Error

describe('a predicate that throws', () => {
  it('rejects the next that waits, and reaches neither the dispatch nor the connection', async () => {
    const { store, recorder } = setupChat()
    const wait = recorder.next(isLong)
    expect(store.dispatch(plain)).toEqual(plain)
    expect(await store.dispatch(socketConnect())).toBe('open')
    expect(selectSocketError(store.getState())).toBeNull()
    const { message, cause } = await errorOf(wait)
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/^recorder\.next: the predicate threw for {"type":"plain"}: TypeError: .*'length'/),
      'A predicate gets every item: return false for those that it does not expect.',
    ])
    expect(cause).toBeInstanceOf(TypeError)
    expect([recorder.pending(), recorder.types[0]]).toEqual([null, 'plain'])
  })

  it('rejects a later next, which looks at what was recorded before', async () => {
    const { store, recorder } = setupChat()
    store.dispatch(plain)
    expect((await errorOf(recorder.next(isLong))).message).toContain('recorder.next: the predicate threw for {"type"')
    expect((await errorOf(recorder.nextMany(2, isLong))).message).toContain('recorder.next: the predicate threw')
    expect(await recorder.next('plain')).toEqual(plain)
  })

  it('leaves the action to the other waits', async () => {
    const { store, recorder } = setupChat()
    const failed = recorder.next(isLong)
    const other = recorder.next('plain')
    const later = recorder.next(isLong)
    store.dispatch(plain)
    expect((await errorOf(failed)).message).toContain('the predicate threw')
    expect(await other).toEqual(plain)
    store.dispatch(said('a long text'))
    expect(await later).toMatchObject(said('a long text'))
  })

  it('rejects the next of a server', async () => {
    const { server, store } = setupChat()
    await store.dispatch(socketConnect())
    const wait = server.next((message: UnknownAction) => (message['meta'] as string).length > 1)
    store.dispatch(said('x'))
    expect((await errorOf(wait)).message).toContain('server.next: the predicate threw for {"type":"chat/said"')
    expect(await server.next(said)).toEqual(said('x'))
  })

  it('names the call in the errors of of and count', () => {
    const { store, recorder } = setupChat()
    store.dispatch(plain)
    expect(() => recorder.of(isLong)).toThrow('recorder.of: the predicate threw for {"type":"plain"}')
    expect(() => recorder.count(isLong)).toThrow('recorder.count: the predicate threw for {"type":"plain"}')
  })
})
