import { afterEach, describe, expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketOpened } from '../../../src/index.js'
import { createFakeServer, expectAllClosed, manualClock, recordActions } from '../../../src/testing/index.js'
import { createChat } from './chatStore.js'

const chats: ReturnType<typeof createChat>[] = []

afterEach(() => {
  for (const { dispose } of chats.splice(0)) dispose()
  expectAllClosed()
})

const setupChat = (options: Parameters<typeof createFakeServer>[0] = {}) => {
  const server = createFakeServer(options)
  const chat = createChat({ WebSocket: server.WebSocket })
  chats.push(chat)
  return { server, store: chat.store, dispose: chat.dispose }
}

/** What expectAllClosed says is open. */
const findOpen = (): readonly string[] => {
  try {
    expectAllClosed()
  } catch (error) {
    const lines = (error as Error).message.split('\n')
    return lines.filter((line) => line.startsWith('- '))
  }
  return []
}

describe('expectAllClosed', () => {
  it('names the sockets that are open, and the connections of recorded stores', async () => {
    const { store } = setupChat()
    recordActions(store)
    await store.dispatch(socketConnect())
    expect(findOpen()).toEqual(['- a socket to ws://chat.test/ (open)', '- the connection "default" of a store (open)'])
  })

  it('names the test', () => {
    setupChat({ mode: 'hold' })
    const recorder = recordActions()
    void recorder.next(socketOpened)
    expect(() => expectAllClosed()).toThrow('expected the test "expectAllClosed names the test" to close every store')
  })

  it('names a store that waits to reconnect, by its recorder and by its timer', async () => {
    const clock = manualClock()
    const { server, store } = setupChat()
    recordActions(store)
    void store.dispatch(socketConnect())
    await clock.advance(0)
    await server.cut()
    await clock.advance(0)
    expect(findOpen()).toEqual([
      expect.stringMatching(/^- [1-9] timers of the manual clock: /),
      '- the connection "default" of a store (reconnecting)',
    ])
  })

  it('names a wait for an action or a message that goes on', () => {
    void recordActions().next(socketOpened)
    void createFakeServer().next('chat/said')
    expect(findOpen()).toEqual([
      '- recorder.next: still waiting for socket/opened; seen so far:',
      '- server.next: still waiting for chat/said; seen so far:',
    ])
  })

  it('accepts a store that was closed', async () => {
    const { store } = setupChat()
    recordActions(store)
    await store.dispatch(socketConnect())
    await store.dispatch(socketClose())
    expect(findOpen()).toEqual([])
  })

  it('accepts a store that was disposed of', async () => {
    const { store, dispose } = setupChat()
    recordActions(store)
    await store.dispatch(socketConnect())
    dispose()
    expect(findOpen()).toEqual([])
  })

  it('reports the same thing once', async () => {
    const { store } = setupChat()
    await store.dispatch(socketConnect())
    expect(findOpen()).toHaveLength(1)
    expect(findOpen()).toEqual([])
  })
})
