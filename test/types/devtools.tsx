import { configureStore } from '@reduxjs/toolkit'
import { createSocketRecorder, SocketDevtools, type SocketRecorder } from '../../src/devtools/index.js'
import { createSocketMiddleware, socketReducer, type SocketsState } from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

const socket = createSocketMiddleware()
const store = configureStore({
  reducer: { socket: socketReducer, nested: () => ({ sockets: {} as SocketsState }) },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})

// Any store will do, and a selector takes the state that it needs.
const recorder = createSocketRecorder(store, {
  connections: ['prices'],
  secretNames: /iban/,
  selectSockets: (state: { readonly nested: { readonly sockets: SocketsState } }) => state.nested.sockets,
})
const { version } = recorder.save()
export type Recorder = Expect<Equal<typeof recorder, SocketRecorder>>
export type Version = Expect<Equal<typeof version, 1>>

export const embedded = <SocketDevtools recorder={recorder} isEmbedded theme="dark" />
export const simple = <SocketDevtools />
// @ts-expect-error a theme that does not exist
export const blue = <SocketDevtools theme="blue" />
// @ts-expect-error not a store
createSocketRecorder({})
