// The public names of `reduplex/testing`, listed one by one.
export { createFakeServer } from './createFakeServer.js'
export { FakeConnection, type ClientClose, type ConnectionBehaviour, type ConnectionHost } from './FakeConnection.js'
export type {
  AttemptMode,
  FakeServer,
  FakeServerOptions,
  NextMethod,
  ReplyMethod,
  ServedConnection,
  ServedRequest,
  ServedTransport,
} from './fakeServerTypes.js'
export type { FakeWebSocketClass } from './fakeSocketClass.js'
export { FakeWebSocket, type SocketPeer } from './FakeWebSocket.js'
export { expectAllClosed, type TestHookContext } from './leftOpen.js'
export { manualClock, type ClockStep, type ManualClock, type ManualClockOptions } from './manualClock.js'
export type { MessageCreator, MessageTest } from './matching.js'
export {
  recordActions,
  type ActionMatch,
  type ActionRecorder,
  type ActionRecorderOptions,
  type StoreToRecord,
} from './recordActions.js'
export type { FakeCloseInit } from './socketEvents.js'
