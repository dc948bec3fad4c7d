import { socketConnect, socketReconnecting } from '../../src/index.js'
import { recordActions } from '../../src/testing/index.js'
import { createChat, said } from '../unit/testing/chatStore.js'

// The entry of the bundle that runs in Chromium: the chat of docs/testing.md.

const { store } = createChat({ reconnect: { backoff: () => 1 } })
const recorder = recordActions(store)

Object.assign(globalThis, {
  connect: async () => await store.dispatch(socketConnect()),
  say: (text: string) => void store.dispatch(said(text)),
  /** The lines, as soon as so many more are there. */
  lines: async (count: number) => {
    await recorder.nextMany(count, said)
    return store.getState().lines
  },
  lost: async () => (await recorder.next(socketReconnecting)).type,
})
