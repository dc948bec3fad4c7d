import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { socketConnect, socketSend } from '../../../src/index.js'
import { createFakeServer, expectAllClosed, recordActions } from '../../../src/testing/index.js'
import { createChat } from '../../unit/testing/chatStore.js'

// One store for all tests of a block. Jest runs the automatic check before each test, and after the last one.

const useOpenStore = () => {
  const server = createFakeServer()
  const chat = createChat({ WebSocket: server.WebSocket })
  beforeAll(async () => {
    recordActions(chat.store)
    await chat.store.dispatch(socketConnect())
  })
  afterAll(() => chat.dispose())
  return { server, store: chat.store }
}

const { server, store } = useOpenStore()

it.each([1, 2])('the automatic check accepts a store that beforeAll has opened, before test %i', async (message) => {
  store.dispatch(socketSend(message))
  expect(await server.next()).toBe(message)
})

it.each([1, 2])('the automatic check accepts a recorder of that store in a test, before test %i', async () => {
  const recorder = recordActions(store)
  store.dispatch(socketSend(3))
  expect(await server.next()).toBe(3)
  expect(recorder.types).toEqual(['socket/send'])
})

describe('a block after other tests', () => {
  const block = useOpenStore()

  it('the automatic check accepts a store that the beforeAll of the block has opened', async () => {
    block.store.dispatch(socketSend(4))
    expect(await block.server.next()).toBe(4)
  })
})

describe('expectAllClosed', () => {
  it('reports a store that beforeAll has opened, without the name of a test', () => {
    expect(() => expectAllClosed()).toThrow(
      'expected a test to close every store that it opens; still open at its end:\n- a socket to ws://chat.test/ (open)',
    )
  })
})
